import { randomBytes } from "node:crypto";
import * as db from "@keywright/db";
import { isKeywrightError, type Reason } from "../contract/reasons.js";
import { foldName } from "../inputs/fields.js";
import type { Keys } from "../keys.js";
import { type Log, summarize } from "../log.js";
import type { DeviceMark } from "../sessions/device-mark.js";
import { type Counting, nameKey } from "./limits.js";

/** An account has this many times one name's tries by all of its names, and by all of its known devices. */
const accountShare = 2;

/** At least this often wrong, and an owner is told whatever the limit (NIST SP 800-63B, 3.2.2: no more than 100). */
const maxBeforeNotice = 100;

/** For this long wrong guesses add up: somebody may guess a little each day. */
const noticeWindowMs = 30 * 86_400_000;

/** Refusals that mean a wrong guess. Whatever else a check ends in gives the try back. */
const wrongGuesses: readonly Reason[] = ["INVALID_CREDENTIALS", "WRONG_PASSWORD", "TOKEN_INVALID"];

/** A guess as it arrives. */
export interface Guess {
  /** Folded. */
  name: string;
  /** The names by which its account is looked up. */
  keys: db.UserKeys;
  marks: DeviceMark[];
  /** What else is counted in the same statement. */
  call: db.CallCount | null;
}

/** What the database needs to count a guess. */
export function passwordTry(deps: Counting, { name, marks, ...rest }: Guess): db.PasswordTry {
  const { passwordTriesPerAccount: limit, passwordWindowMinutes } = deps.settings.limits;
  return {
    ...rest,
    now: deps.now(),
    windowMs: passwordWindowMinutes * 60_000,
    limit,
    accountLimit: limit * accountShare,
    noticeWindowMs,
    nameKey: guessKey(deps.keys, name),
    marks: marks.map(({ id, account }) => {
      return { userId: account.id, credentialVersion: account.credentialVersion, deviceKey: `password:device:${id}` };
    }),
  };
}

/** After how many wrong guesses an owner is told, once until a right one or a reset. */
export function guessesBeforeNotice({ settings }: Counting): number {
  return Math.min(settings.limits.passwordTriesPerAccount * accountShare, maxBeforeNotice);
}

export function isWrongGuess(error: unknown): boolean {
  const refusal = error instanceof Error && isKeywrightError(error.cause) ? error.cause : error;
  return isKeywrightError(refusal) && wrongGuesses.includes(refusal.reason);
}

/** In place of a password that must not be tried: as much work, and never right. */
export function unguessable(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * Proving the mailbox proves ownership: guesses by others no longer keep the owner out, by no name and by no prompt.
 * Counts of marked browsers need no reset: their marks became void when the password changed.
 */
export async function liftPasswordLock(
  deps: Counting & { log: Log },
  who: { requestId: string },
  user: { id: string; email: string | null; username: string | null },
): Promise<void> {
  const names = [user.email, user.username].filter((name) => name !== null).map(foldName);
  // Another instance may be counting under the previous secret's key.
  const nameKeys = names.flatMap((name) => deps.keys.all.map((key) => guessKey({ current: key }, name)));
  await forgetGuesses(deps, who, [...nameKeys, ...db.accountTryKeys(user.id)]);
}

/** Never throws: what the caller did is done anyway, and a lock expires by itself. */
export async function forgetGuesses(
  deps: Counting & { log: Log },
  { requestId }: { requestId: string },
  keys: string[],
): Promise<void> {
  await db.forgetPasswordTries(deps.db, keys).catch((error: unknown) => {
    deps.log({
      level: "warn",
      message: "A password lock could not be lifted.",
      requestId,
      error: summarize(error),
    });
  });
}

function guessKey(keys: Pick<Keys, "current">, name: string): string {
  return `password:name:${nameKey(keys, name)}`;
}
