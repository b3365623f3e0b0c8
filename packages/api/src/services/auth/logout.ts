import type { LogoutInput } from "../../contract/input-types.js";
import type { Nothing } from "../../contract/types.js";
import { type Deps, inTransaction } from "../../deps.js";
import { endSessions } from "../../sessions/sessions.js";
import type { Actor } from "../../who.js";
import { recordEvents } from "../audit.js";
import { endDistrusted } from "../ended-sessions.js";
import { isOwnSessionHeld } from "../own-session.js";

/**
 * Ends the caller's session and its refresh tokens, or all of the account's, with a change of address that was asked for.
 * If the token manager says that its tokens outlive a logout, a bearer client's own session stays. A session that has ended
 * meanwhile ends no others.
 */
export async function logout(deps: Deps, who: Actor, input: LogoutInput | undefined): Promise<Nothing> {
  const isBearer = who.presented !== null && "id" in who.presented;
  if (isBearer && !input?.everywhere && deps.tokenManager.revokesAtLogout === false) return {};
  await inTransaction(deps, async (deps) => {
    if (!(await isOwnSessionHeld(deps, who))) return;
    if (input?.everywhere) await endDistrusted(deps, who, "all");
    else await endSessions(deps, who.user.id, { only: who.session.id });
    const kind = input?.everywhere ? "sessions.ended" : "session.ended";
    await recordEvents(deps, who, { events: [{ kind, userId: who.user.id, sessionId: who.session.id }] });
  });
  return {};
}
