import { and, asc, eq, gte, inArray, isNull, lte, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { outbox } from "../schema/index.js";

export interface OutboxEntry {
  id: string;
  kind: string;
  address: string;
  /** The account that it is about; null where the address alone tells. */
  userId: string | null;
  /** The account's credential version when it was queued; null where that does not matter. */
  credentialVersion: number | null;
  ip: string | null;
  userAgent: string | null;
  createdAt: Date;
}

/** One worker's hold on a mail. It is lost when `lockedUntil` is over and another worker takes the mail. */
export interface MailLease {
  id: string;
  lockedUntil: Date;
}

export interface ClaimedEntry extends Omit<OutboxEntry, "address">, MailLease {
  seed: string;
  address: string | null;
  failures: number;
  rejections: number;
  secretHash: string | null;
  lastError: string | null;
}

/** How a delivery ended; `dropped` when there was nobody to tell, `dead` when the mail was refused for good or too late. */
export type Settlement = "sent" | "dropped" | "dead";

export async function enqueueMail(db: Database, entry: OutboxEntry): Promise<void> {
  await db.insert(outbox).values(outboxRow(entry));
}

/** A mail that is due at once. */
export function outboxRow(entry: OutboxEntry) {
  return { ...entry, nextAttemptAt: entry.createdAt };
}

/** Written out, since a parameter would keep the planner from the index of pending mails. */
const isPending = sql`${outbox.status} = 'pending'`;

/**
 * Leases the mails that are due to one worker until `leaseUntil`; other workers pass over them. A lease that ran out is
 * due again, with nothing else to ask for.
 */
export async function claimMails(
  db: Database,
  { now, leaseUntil, most }: { now: Date; leaseUntil: Date; most: number },
): Promise<ClaimedEntry[]> {
  const due = db
    .select({ id: outbox.id })
    .from(outbox)
    .where(and(isPending, lte(outbox.nextAttemptAt, now)))
    .orderBy(asc(outbox.nextAttemptAt))
    .limit(most)
    .for("update", { skipLocked: true });
  const lease = { nextAttemptAt: leaseUntil, lockedUntil: leaseUntil };
  const rows = await db.update(outbox).set(lease).where(inArray(outbox.id, due)).returning({
    id: outbox.id,
    seed: outbox.seed,
    kind: outbox.kind,
    address: outbox.address,
    userId: outbox.userId,
    credentialVersion: outbox.credentialVersion,
    ip: outbox.ip,
    userAgent: outbox.userAgent,
    createdAt: outbox.createdAt,
    failures: outbox.failures,
    rejections: outbox.rejections,
    secretHash: outbox.secretHash,
    lastError: outbox.lastError,
  });
  return rows.map((row) => ({ ...row, lockedUntil: leaseUntil }));
}

/** False when the row's secret was minted before, or the row is settled. */
export async function markMinted(db: Database, id: string, secretHash: string): Promise<boolean> {
  const rows = await db
    .update(outbox)
    .set({ secretHash })
    .where(and(eq(outbox.id, id), isNull(outbox.secretHash), isPending))
    .returning({ id: outbox.id });
  return rows.length === 1;
}

/** Closes a row and forgets whom it was for; a row that is settled stays as it is. */
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
      // A dead letter keeps its address: somebody has to be able to see whom it did not reach.
      ...(end.status === "dead" ? {} : { address: null, ip: null, userAgent: null }),
    })
    .where(and(eq(outbox.id, id), isPending));
}

/** Drops a user's mails of one kind that are not delivered yet: all of them, or those queued at `since` or later. */
export async function dropQueuedMails(
  db: Database,
  { userId, kind, since, now }: { userId: string; kind: string; since?: Date; now: Date },
): Promise<void> {
  const isLater = since && gte(outbox.createdAt, since);
  await db
    .update(outbox)
    .set({ status: "dropped", settledAt: now, lockedUntil: null, address: null, ip: null, userAgent: null })
    .where(and(eq(outbox.userId, userId), eq(outbox.kind, kind), isPending, isLater));
}

/** When a mail is due again, and what is noted of the attempt; what is left out stays as it is. */
export interface Postponement {
  nextAttemptAt: Date;
  error?: string;
  failures?: number;
  rejections?: number;
}

/** Gives a mail back that was not delivered. Whoever lost the lease changes nothing. */
export async function postponeMail(
  db: Database,
  { id, lockedUntil }: MailLease,
  { error, ...due }: Postponement,
): Promise<void> {
  await db
    .update(outbox)
    .set({ ...due, ...(error === undefined ? {} : { lastError: error }), lockedUntil: null })
    .where(and(eq(outbox.id, id), eq(outbox.lockedUntil, lockedUntil), isPending));
}
