import * as db from "@keywright/db";
import { type Deps, inTransaction } from "../deps.js";
import { forgetGuesses, type Guess, guessesBeforeNotice, isWrongGuess, passwordTry } from "../limits/guesses.js";
import { rateLimited } from "../limits/limits.js";
import { type MailPlan, notice, type QueuedEntry } from "../mail/plan.js";
import type { Visitor } from "../who.js";
import { isTheirs } from "./credentials.js";
import { queueMail } from "./queue-mail.js";

/** How a guess is to be checked. */
export interface Checking {
  isKnownDevice: boolean;
  /** The account's total is used up: to be answered as wrong, at the same cost, without trying the password. */
  isSpent: boolean;
}

/**
 * Counts a guess before it is checked, under the typed name and for the account that has it. Beyond the name's limit it
 * is refused. Beyond the account's it is checked as a wrong one: a refusal would tell which names belong together. A
 * right guess resets the counts; one that turns out neither right nor wrong is taken back. A browser that has signed in
 * to the account since its credentials last changed is counted separately, under any of the account's names: other
 * people's guesses do not lock it out. All such browsers of an account share a total, so that collecting marks gains
 * nothing. Throws `RATE_LIMITED`.
 */
export async function countGuess<T>(
  deps: Deps,
  who: Visitor,
  { check, ...guess }: Guess & { check(how: Checking): Promise<T> },
): Promise<T> {
  const tried = passwordTry(deps, guess);
  const counted = await db.countPasswordTry(deps.db, tried);
  const { isAllowed, isSpent, isMarked, counts } = counted;
  if (!isAllowed || counts === null) throw rateLimited(counted.retryMs / 1000);
  try {
    const result = await check({ isKnownDevice: isMarked, isSpent });
    await forgetGuesses(deps, who, [counts.own.key, counts.total.key, counts.wrong.key]);
    return result;
  } catch (error) {
    if (isWrongGuess(error)) await tellOwner(deps, who, { counts, userId: counted.userId });
    else await db.uncountPasswordTry(deps.db, tried, counted);
    throw error;
  }
}

/**
 * Tells the owner of many wrong guesses, once. An unknown name costs the same: its mail is queued as well, for nobody.
 */
async function tellOwner(
  deps: Deps,
  who: Visitor,
  { counts: { wrong }, userId }: { counts: NonNullable<db.CountedTry["counts"]>; userId: string | null },
): Promise<void> {
  const number = guessesBeforeNotice(deps);
  if (wrong.points < number || db.isTold(wrong)) return;
  await inTransaction(deps, async (deps) => {
    if (!(await db.claimGuessNotice(deps.db, wrong.key, number))) return;
    const about = userId === null ? {} : { about: { id: userId, credentialVersion: null } };
    await queueMail(deps, who, { kind: "password_guesses_notice", address: "", ...about });
  });
}

/** At delivery: to the account's own mailbox, if it has one. */
export async function planGuessesMail(deps: Deps, { userId }: QueuedEntry): Promise<MailPlan | null> {
  const user = userId === null ? null : await db.findUserById(deps.db, userId);
  if (!user?.email || user.isDisabled || !isTheirs(deps, user.emailVerifiedAt !== null)) return null;
  return notice("password_guesses_notice", user.email);
}
