import * as db from "@keywright/db";
import { KeywrightError, type Reason } from "../contract/reasons.js";
import { foldName } from "../inputs/fields.js";
import type { Keys } from "../keys.js";
import { type Log, summarize } from "../log.js";
import type { DeviceMark } from "../sessions/device-mark.js";
import { type Counting, nameKey, rateLimited } from "./limits.js";

/** What counting a guess needs of a call. */
interface Guessing {
  deps: Counting;
  carrier: { deviceMark(): DeviceMark | null };
}

/** An account's devices have tries of their own each; all of them together have as many times more than one. */
const devicesShare = 2;

/** Answers that no wrong password gets: the try is given back. */
const notWrong: readonly Reason[] = [
  "ACCOUNT_DISABLED",
  "EMAIL_NOT_VERIFIED",
  "PASSWORD_UNCHANGED",
  "RATE_LIMITED",
  "UNAVAILABLE",
  "VALIDATION",
];

/**
 * Counts a guess at the password of `name`, folded, before it is checked. A right one starts the count afresh, and a
 * check that ends in neither gives the try back. A browser that has signed in to the account since its credentials
 * changed last is counted by itself, under any of the account's names: guesses by others do not shut it out. All such
 * browsers of an account together have a total, so that nobody gains by collecting their marks. Throws `RATE_LIMITED`.
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

/** All password prompts of an account share one budget, that of its logins. */
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
 * Whoever has the mailbox is the owner: guesses by others no longer keep them out. Counts of marked browsers need no
 * lifting: the marks are void since the password changed.
 */
export async function liftPasswordLock(
  deps: Counting & { log: Log },
  who: { requestId: string },
  user: { email: string | null; username: string | null },
): Promise<void> {
  const names = [user.email, user.username].filter((name) => name !== null).map(foldName);
  // Another instance may count under the key of the secret before.
  const keys = names.flatMap((name) => deps.keys.all.map((key) => guessKey({ current: key }, name)));
  await db.forgetPasswordTries(deps.db, keys).catch((error: unknown) => {
    // The password is changed; the lock ends by itself.
    deps.log({ level: "warn", message: "A lock was not lifted.", requestId: who.requestId, error: summarize(error) });
  });
}

function passwordTry({ deps, carrier }: Guessing, name: string): db.PasswordTry {
  const { passwordTriesPerAccount: most, passwordWindowMinutes } = deps.settings.limits;
  const mark = carrier.deviceMark();
  return {
    now: deps.now(),
    windowMs: passwordWindowMinutes * 60_000,
    most,
    nameKey: guessKey(deps.keys, name),
    mark: mark && {
      userId: mark.account.id,
      credentialVersion: mark.account.credentialVersion,
      name,
      deviceKey: `password:device:${mark.id}`,
      accountKey: `password:marks:${mark.account.id}:${mark.account.credentialVersion}`,
      accountMost: most * devicesShare,
    },
  };
}

function isNoGuess(error: unknown): boolean {
  const refusal = error instanceof Error && error.cause instanceof KeywrightError ? error.cause : error;
  return refusal instanceof KeywrightError && notWrong.includes(refusal.reason);
}

function guessKey(keys: Pick<Keys, "current">, name: string): string {
  return `password:${nameKey(keys, name)}`;
}
