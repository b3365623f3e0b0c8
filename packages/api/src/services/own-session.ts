import * as db from "@keywright/db";
import { isKeywrightError, KeywrightError } from "../contract/reasons.js";
import type { Deps } from "../deps.js";
import { validateSession } from "../sessions/sessions.js";
import type { Actor } from "../who.js";

/**
 * Locks the caller's account and demands that the caller's session still exists. Throws `NOT_AUTHENTICATED`.
 */
export async function holdOwnSession(deps: Deps, who: Actor): Promise<void> {
  if (!(await isOwnSessionHeld(deps, who))) throw new KeywrightError("NOT_AUTHENTICATED");
}

/**
 * Locks the caller's account; whether the caller's session still exists: whoever was signed out a moment ago ends nobody
 * else's session. All that end sessions lock the account first, so this is true until the commit. Two statements, because
 * the second must see what was committed while the first waited.
 */
export async function isOwnSessionHeld(deps: Deps, { user, session }: Actor): Promise<boolean> {
  const isThere = (await db.holdCredentials(deps.db, user.id)) !== null;
  return isThere && (await db.hasSession(deps.db, user.id, session.id));
}

/** Throws `NOT_AUTHENTICATED` if the caller's session was not among those that just ended: it had ended before. */
export function assertEnded(_deps: Deps, { session }: Actor, ended: readonly string[]): void {
  if (!ended.includes(session.id)) throw new KeywrightError("NOT_AUTHENTICATED");
}

const maxAttempts = 3;

/**
 * Does something for which callers give their password. If credentials change meanwhile (it returns `overtaken`, having
 * changed nothing, or finds the password wrong), it is done again with the account as it is then: nobody is told that a
 * right password is wrong, and it does not count as a guess. Throws `NOT_AUTHENTICATED` if the change ended the caller's
 * session, and `UNAVAILABLE` if one change follows another.
 */
export async function provingAgain<T>(
  deps: Deps,
  who: Actor,
  act: (who: Actor) => Promise<T | "overtaken">,
): Promise<T> {
  let current = who;
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const done = await act(current).catch(orWrong);
    if (done !== "overtaken" && !isWrong(done)) return done;
    const live = await validateSession(deps, { anyId: who.session.id }, who);
    if (!live) throw new KeywrightError("NOT_AUTHENTICATED");
    if (isWrong(done) && live.user.credentialVersion === current.user.credentialVersion) throw done;
    current = { ...who, ...live };
  }
  throw new KeywrightError("UNAVAILABLE", { retryAfter: 1 });
}

function isWrong(done: unknown): done is KeywrightError {
  return isKeywrightError(done) && done.reason === "WRONG_PASSWORD";
}

function orWrong(error: unknown): KeywrightError {
  if (isWrong(error)) return error;
  throw error;
}
