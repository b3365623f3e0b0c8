import { KeywrightError } from "../../contract/reasons.js";
import type { Nothing, SessionInfo } from "../../contract/types.js";
import { type Deps, inTransaction } from "../../deps.js";
import { listSessions } from "../../sessions/sessions.js";
import type { Actor } from "../../who.js";
import { recordEvents } from "../audit.js";
import { endDistrusted } from "../ended-sessions.js";
import { holdOwnSession } from "../own-session.js";
import { toSessionInfo } from "../views.js";

/** Where the caller is signed in, the most recently used device first. */
export async function ownSessions(deps: Deps, who: Actor): Promise<SessionInfo[]> {
  const rows = await listSessions(deps, who.user.id);
  return rows.map((row) => toSessionInfo(row, who.session.id));
}

/**
 * Ends one of the caller's sessions, with a change of address that it may have asked for. Throws `NOT_FOUND`, whether the
 * id is unknown or somebody else's, and `NOT_AUTHENTICATED` if the caller's own has ended meanwhile.
 */
export async function revokeSession(deps: Deps, who: Actor, { id }: { id: string }): Promise<Nothing> {
  await inTransaction(deps, async (deps) => {
    await holdOwnSession(deps, who);
    const ended = isSessionId(id) ? await endDistrusted(deps, who, { only: id }) : [];
    if (ended.length === 0) throw new KeywrightError("NOT_FOUND");
    await recordEvents(deps, who, { events: [{ kind: "session.ended", userId: who.user.id, sessionId: id }] });
  });
  return {};
}

/**
 * Ends all of the caller's sessions except this one, with a change of address that one of them may have asked for. Throws
 * `NOT_AUTHENTICATED` if this one has ended meanwhile.
 */
export async function revokeOtherSessions(deps: Deps, who: Actor): Promise<{ revoked: number }> {
  const { user, session } = who;
  const ended = await inTransaction(deps, async (deps) => {
    await holdOwnSession(deps, who);
    const ended = await endDistrusted(deps, who, { allBut: session.id });
    const event = { kind: "sessions.ended" as const, userId: user.id, sessionId: session.id };
    if (ended.length > 0) await recordEvents(deps, who, { events: [event] });
    return ended;
  });
  return { revoked: ended.length };
}

/** PostgreSQL rejects any other text as an id. */
function isSessionId(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
