import { and, asc, eq, gte, inArray, isNull, or, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { outbox } from "../schema/index.js";

export interface OutboxEntry {
  id: string;
  kind: string;
  address: string;
  /** The account that the mail is about; null if the address alone identifies it. */
  userId: string | null;
  /** The account's credential version when it was queued; null where that does not matter. */
  credentialVersion: number | null;
  ip: string | null;
  userAgent: string | null;
  createdAt: Date;
  /** Encrypted; null for a mail. */
  payload?: Uint8Array | null;
}

/** One worker's hold on a mail. It is lost when the worker gives no more signs of life. */
export interface MailLease {
  id: string;
  lockedBy: string;
}

/**
 * How delivery ended: `dropped` if there was nobody to write to, `dead` if the mail was permanently refused or too
 * late.
 */
export type Settlement = "sent" | "dropped" | "dead";

export async function enqueueMail(db: Database, entry: OutboxEntry): Promise<void> {
  await db.insert(outbox).values(outboxRow(entry));
}

/** A mail that is due at once. */
export function outboxRow(entry: OutboxEntry) {
  return { ...entry, nextAttemptAt: entry.createdAt };
}

/** A literal, since with a parameter the planner cannot use the index of pending mails. */
export const isPending = sql`${outbox.status} = 'pending'`;

/** False if the row's secret was minted before, or the row is settled. */
export async function markMinted(db: Database, id: string, secretHash: string): Promise<boolean> {
  const rows = await db
    .update(outbox)
    .set({ secretHash })
    .where(and(eq(outbox.id, id), isNull(outbox.secretHash), isPending))
    .returning({ id: outbox.id });
  return rows.length === 1;
}

/** Settles a row and erases the recipient; a row that is already settled stays as it is. */
export async function settleMail(
  db: Database,
  id: string,
  end: { status: Settlement; at: Date; error: string | null },
): Promise<void> {
  await db
    .update(outbox)
    .set({
      status: end.status,
      settledAt: end.at,
      lastError: end.error,
      lockedUntil: null,
      lockedBy: null,
      payload: null,
      // A dead letter keeps its address, so that an operator can see who was not reached.
      ...(end.status === "dead" ? {} : { address: null, ip: null, userAgent: null }),
    })
    .where(and(eq(outbox.id, id), isPending));
}

/** Drops a user's undelivered mails of these kinds: all of them, or those queued at `since` or later. */
export async function dropQueuedMails(
  db: Database,
  { userId, kinds, since, now }: { userId: string; kinds: readonly string[]; since?: Date; now: Date },
): Promise<void> {
  const isLater = since && gte(outbox.createdAt, since);
  await db
    .update(outbox)
    .set({
      status: "dropped",
      settledAt: now,
      lockedUntil: null,
      lockedBy: null,
      address: null,
      ip: null,
      userAgent: null,
    })
    .where(and(eq(outbox.userId, userId), inArray(outbox.kind, [...kinds]), isPending, isLater));
}

/** When a mail is due again, and what to record about the attempt; anything omitted stays as it is. */
export interface Postponement {
  nextAttemptAt: Date;
  error?: string;
  failures?: number;
  rejections?: number;
}

/** Returns an undelivered mail to the queue. Does nothing if the lease was lost. */
export async function postponeMail(
  db: Database,
  { id, lockedBy }: MailLease,
  { error, ...due }: Postponement,
): Promise<void> {
  await db
    .update(outbox)
    .set({ ...due, ...(error === undefined ? {} : { lastError: error }), lockedUntil: null, lockedBy: null })
    .where(and(eq(outbox.id, id), eq(outbox.lockedBy, lockedBy), isPending));
}

/** A mail that is yet to be sent. */
export interface WaitingMail extends Pick<OutboxEntry, "kind" | "createdAt" | "ip" | "userAgent"> {
  address: string | null;
}

/** Up to `limit` mails about an account, or to `emailKey` if that is given, the oldest first. */
export async function listWaitingMails(
  db: Database,
  { userId, emailKey, limit }: { userId: string; emailKey: string | null; limit: number },
): Promise<WaitingMail[]> {
  const isToAddress = emailKey === null ? undefined : sql`lower(${outbox.address}) = ${emailKey}`;
  return await db
    .select({
      kind: outbox.kind,
      address: outbox.address,
      createdAt: outbox.createdAt,
      ip: outbox.ip,
      userAgent: outbox.userAgent,
    })
    .from(outbox)
    .where(and(isPending, or(eq(outbox.userId, userId), isToAddress)))
    .orderBy(asc(outbox.sequence))
    .limit(limit);
}
