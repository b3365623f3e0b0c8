import type { ClaimedEntry, Postponement } from "@keywright/db";
import * as db from "@keywright/db";
import type { Deps } from "../deps.js";
import { summarize } from "../log.js";
import { type MailFailureKind, mailFailureKind } from "../mail/mail.js";
import { isNotNow } from "./not-now.js";
import { maxAgeMs } from "./plans.js";

const firstDelayMs = 2_000;
const longestDelayMs = 15 * 60_000;
/** For a mail that another instance may be able to deliver, or that failed because of the database: a tenth of its age. */
const shortestNotNowMs = 5_000;
const longestNotNowMs = 5 * 60_000;
const maxRejections = 3;
const dayMs = 24 * 60 * 60_000;

/** When it is too late to send the mail. */
export function deadlineOf({ kind, createdAt, retriedAt }: ClaimedEntry): Date {
  return new Date((retriedAt ?? createdAt).getTime() + maxAgeMs(kind));
}

/** Gives up a mail that is too old, whatever delayed it. */
export async function giveUpLate(deps: Deps, entry: ClaimedEntry): Promise<void> {
  const hours = maxAgeMs(entry.kind) / (60 * 60_000);
  const reason = `Not delivered within ${hours} hours.`;
  await giveUp(deps, entry, entry.lastError === null ? reason : `${reason} ${entry.lastError}`);
}

/** Returns a mail to the queue without counting an attempt: it was not the mail that failed. */
export async function giveBack(deps: Deps, entry: ClaimedEntry): Promise<void> {
  await db.postponeMail(deps.db, entry, { nextAttemptAt: deps.now() });
}

/** Records an attempt that failed before the mail reached the mailer. */
export async function noteUnprepared(deps: Deps, entry: ClaimedEntry, failure: unknown): Promise<void> {
  if (!isNotNow(failure)) return await noteFailure(deps, entry, failure);
  const now = deps.now().getTime();
  const tenthOfAge = (now - entry.createdAt.getTime()) / 10;
  const nextAttemptAt = new Date(now + Math.min(Math.max(tenthOfAge, shortestNotNowMs), longestNotNowMs));
  await db.postponeMail(deps.db, entry, { nextAttemptAt, error: summarize(failure).message });
}

/** Records an attempt that failed because of this mail: it is given up, or retried later. */
export async function noteFailure(deps: Deps, entry: ClaimedEntry, failure: unknown): Promise<void> {
  const kind = mailFailureKind(failure);
  const summary = summarize(failure);
  const rejections = entry.rejections + (kind === "rejected" ? 1 : 0);
  if (kind === "address" || rejections >= maxRejections) return await giveUp(deps, entry, summary.message);
  const noted = { error: summary.message, failures: entry.failures + 1, rejections };
  await db.postponeMail(deps.db, entry, {
    ...noted,
    nextAttemptAt: nextAttempt(deps, entry, kind),
  } satisfies Postponement);
  deps.log({ level: "warn", message: `Mail ${entry.id} was not delivered.`, error: summary });
}

async function giveUp(deps: Deps, entry: ClaimedEntry, error: string): Promise<void> {
  await db.settleMail(deps.db, entry.id, { status: "dead", at: deps.now(), error });
  deps.log({ level: "error", message: `Mail ${entry.id} (${entry.kind}) was given up. ${error}` });
}

/**
 * Randomized, so that not all mails are retried at the same moment; and never after the mail's deadline, so that its
 * end is recorded in time.
 */
function nextAttempt(deps: Deps, entry: ClaimedEntry, kind: MailFailureKind): Date {
  const delayMs = kind === "rejected" ? rejectedDelay(entry) : failureDelay(entry);
  return new Date(Math.min(deps.now().getTime() + delayMs, deadlineOf(entry).getTime()));
}

/** Doubles each time, up to a quarter of an hour. */
function failureDelay({ failures }: ClaimedEntry): number {
  return Math.min(firstDelayMs * 2 ** failures, longestDelayMs) * (0.75 + Math.random() * 0.5);
}

/** Three attempts within a day, or within the mail's lifetime if that is shorter. */
function rejectedDelay({ kind }: ClaimedEntry): number {
  return (Math.min(dayMs, maxAgeMs(kind)) / maxRejections) * (0.75 + Math.random() * 0.25);
}
