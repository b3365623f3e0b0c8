import * as db from "@keywright/db";
import { KeywrightError } from "../../contract/reasons.js";
import { type Deps, inTransaction } from "../../deps.js";
import type { Actor } from "../../who.js";
import { recordEvents } from "../audit.js";
import { assertOwnPassword } from "../current-password.js";

/**
 * Confirms the caller's password, which unlocks `freshProcedure`s for a while ("step-up"). Throws `WRONG_PASSWORD`, and
 * `NOT_AUTHENTICATED` if the session ended meanwhile.
 */
export async function reauthenticate(
  deps: Deps,
  who: Actor,
  { password }: { password: string },
): Promise<{ authenticatedAt: Date }> {
  await assertOwnPassword(deps, who, { field: "password", password });
  const authenticatedAt = deps.now();
  const { user, session } = who;
  await inTransaction(deps, async (deps) => {
    const isAlive = await db.markAuthenticated(deps.db, { id: session.id, user, now: authenticatedAt });
    if (!isAlive) throw new KeywrightError("NOT_AUTHENTICATED");
    const event = { kind: "session.reauthenticated" as const, userId: user.id, sessionId: session.id };
    await recordEvents(deps, who, { events: [event] });
  });
  return { authenticatedAt };
}
