import { type Deps, inTransaction } from "../deps.js";
import type { LogoutInput } from "../input-types.js";
import { endSessions } from "../sessions.js";
import type { Nothing } from "../types.js";
import type { Actor } from "../who.js";
import { recordEvents } from "./audit.js";

/** Ends the caller's session and its refresh tokens, or all of the account's. */
export async function logout(deps: Deps, who: Actor, input: LogoutInput): Promise<Nothing> {
  await inTransaction(deps, async (deps) => {
    await endSessions(deps, who.user.id, input?.everywhere ? "all" : { only: who.session.id });
    const kind = input?.everywhere ? "sessions.ended" : "session.ended";
    await recordEvents(deps, who, { events: [{ kind, userId: who.user.id, sessionId: who.session.id }] });
  });
  return {};
}
