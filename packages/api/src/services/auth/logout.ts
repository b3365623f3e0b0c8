import type { LogoutInput } from "../../contract/input-types.js";
import type { Nothing } from "../../contract/types.js";
import { type Deps, inTransaction } from "../../deps.js";
import { endSessions, validateSession } from "../../sessions/sessions.js";
import type { Actor } from "../../who.js";
import { recordEvents } from "../audit.js";
import { holdOwnSession } from "../own-session.js";

/**
 * Ends the caller's session and its refresh tokens, or all of the account's; with a cookie beside the access token, the
 * cookie's session, too. If the token manager says that its tokens
 * outlive a logout, a bearer client's own session stays. Throws `NOT_AUTHENTICATED` if the session has ended meanwhile.
 */
export async function logout(deps: Deps, who: Actor, input: LogoutInput | undefined): Promise<Nothing> {
  const isBearer = who.presented !== null && "id" in who.presented;
  const outlives = isBearer && deps.tokenManager.revokesAtLogout === false;
  if (outlives && !input?.everywhere && !who.alsoPresented) return {};
  await inTransaction(deps, async (deps) => {
    await holdOwnSession(deps, who);
    if (input?.everywhere) return await end(deps, who, "all");
    if (!outlives) await end(deps, who, who.session.id);
    const other = who.alsoPresented && (await validateSession(deps, who.alsoPresented));
    if (other?.user.id === who.user.id) await end(deps, who, other.session.id);
  });
  return {};
}

async function end(deps: Deps, who: Actor, which: string): Promise<void> {
  await endSessions(deps, who.user.id, which === "all" ? "all" : { only: which });
  const kind = which === "all" ? "sessions.ended" : "session.ended";
  const sessionId = which === "all" ? who.session.id : which;
  await recordEvents(deps, who, { events: [{ kind, userId: who.user.id, sessionId }] });
}
