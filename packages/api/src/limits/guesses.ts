import * as db from "@keywright/db";
import { isKeywrightError, type Reason } from "../contract/reasons.js";
import { foldName } from "../inputs/fields.js";
import type { Keys } from "../keys.js";
import { type Log, summarize } from "../log.js";
import type { DeviceMark } from "../sessions/device-mark.js";
import { type Counting, nameKey, rateLimited } from "./limits.js";

/** What counting a guess needs from a call. */
interface Guessing {
  deps: Counting;
  carrier: { deviceMark(): DeviceMark | null };
}

/** Each of an account's devices has its own budget; all of them together have this many times one budget. */
const devicesShare = 2;

/** Refusals that do not mean a wrong password: the try is given back. */
const notWrong: readonly Reason[] = [
  "ACCOUNT_DISABLED",
  "EMAIL_NOT_VERIFIED",
  "PASSWORD_UNCHANGED",
  "NOT_AUTHENTICATED",
  "RATE_LIMITED",
  "REFUSED_BY_APP",
  "REAUTHENTICATION_REQUIRED",
  "UNAVAILABLE",
  "VALIDATION",
];

/**
 * Counts a guess at the password of `name` (folded) before it is checked. A correct one resets the count, and a check
 * that ends in neither gives the try back. A browser that has signed in to the account since its credentials last
 * changed is counted separately, under any of the account's names: other people's guesses do not lock it out. All such
 * browsers of an account share a total, so that collecting marks gains nothing. Throws `RATE_LIMITED`.
 */
export async function countPasswordTry<T>(
  call: Guessing,
  name: string,
  check: (isKnownDevice: boolean) => Promise<T>,
): Promise<T> {
  const { deps } = call;
  const { isAllowed, isMarked, keys, used, retryAt } = await db.countPasswordTry(deps.db, passwordTry(call, name));
  if (!isAllowed) throw rateLimited((retryAt.getTime() - deps.now().getTime()) / 1000);
  try {
    const result = await check(isMarked);
    if (used > 1) await db.forgetPasswordTries(deps.db, keys);
    return result;
  } catch (error) {
    if (isNoGuess(error)) await db.uncountPasswordTry(deps.db, keys);
    throw error;
  }
}

/** All password prompts of an account share one budget with its logins. */
export function countOwnPasswordTry<T extends { ok: boolean; error?: unknown }>(
  call: Guessing,
  { user }: { user: { id: string; email: string | null; username: string | null } },
  next: () => Promise<T>,
): Promise<T> {
  return countPasswordTry(call, foldName(user.email ?? user.username ?? user.id), async () => {
    const result = await next();
    if (!result.ok) throw result.error;
    return result;
  });
}

/**
 * Proving the mailbox proves ownership: guesses by others no longer keep the owner out. Counts of marked browsers need
 * no reset: their marks became void when the password changed.
 */
export async function liftPasswordLock(
  deps: Counting & { log: Log },
  who: { requestId: string },
  user: { email: string | null; username: string | null },
): Promise<void> {
  const names = [user.email, user.username].filter((name) => name !== null).map(foldName);
  // Another instance may be counting under the previous secret's key.
  const keys = names.flatMap((name) => deps.keys.all.map((key) => guessKey({ current: key }, name)));
  await db.forgetPasswordTries(deps.db, keys).catch((error: unknown) => {
    // The password has been changed anyway, and the lock expires by itself.
    deps.log({
      level: "warn",
      message: "A password lock could not be lifted.",
      requestId: who.requestId,
      error: summarize(error),
    });
  });
}

function passwordTry({ deps, carrier }: Guessing, name: string): db.PasswordTry {
  const { passwordTriesPerAccount: limit, passwordWindowMinutes } = deps.settings.limits;
  const mark = carrier.deviceMark();
  return {
    now: deps.now(),
    windowMs: passwordWindowMinutes * 60_000,
    limit,
    nameKey: guessKey(deps.keys, name),
    mark: mark && {
      userId: mark.account.id,
      credentialVersion: mark.account.credentialVersion,
      name,
      deviceKey: `password:device:${mark.id}`,
      accountKey: `password:marks:${mark.account.id}:${mark.account.credentialVersion}`,
      accountLimit: limit * devicesShare,
    },
  };
}

function isNoGuess(error: unknown): boolean {
  const refusal = error instanceof Error && isKeywrightError(error.cause) ? error.cause : error;
  return isKeywrightError(refusal) && notWrong.includes(refusal.reason);
}

function guessKey(keys: Pick<Keys, "current">, name: string): string {
  return `password:${nameKey(keys, name)}`;
}
