import { and, asc, eq, gte, inArray, isNull, lte, or, sql } from "drizzle-orm";
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

export interface ClaimedEntry extends Omit<OutboxEntry, "address"> {
  address: string | null;
  failures: number;
  mintedAt: Date | null;
}

/** How a delivery ended; `dropped` when there was nobody to tell, `dead` when the mail was refused for good. */
export type Settlement = "sent" | "dropped" | "dead";

/** Word by word, not as a parameter: the planner must see that the indexes of what waits hold it. */
const isPending = sql`${outbox.status} = 'pending'`;

export async function enqueueMail(db: Database, entry: OutboxEntry): Promise<void> {
  await db.insert(outbox).values(outboxRow(entry));
}

/** A mail that is due at once. */
export function outboxRow(entry: OutboxEntry) {
  return { ...entry, nextAttemptAt: entry.createdAt };
}

/** Leases the mails that are due to one worker until `leaseUntil`; other workers pass over them. */
export async function claimMails(
  db: Database,
  { now, leaseUntil, most }: { now: Date; leaseUntil: Date; most: number },
): Promise<ClaimedEntry[]> {
  const due = db
    .select({ id: outbox.id })
    .from(outbox)
    .where(and(isPending, lte(outbox.nextAttemptAt, now), or(isNull(outbox.lockedUntil), lte(outbox.lockedUntil, now))))
    .orderBy(asc(outbox.nextAttemptAt))
    .limit(most)
    .for("update", { skipLocked: true });
  return await db.update(outbox).set({ lockedUntil: leaseUntil }).where(inArray(outbox.id, due)).returning({
    id: outbox.id,
    kind: outbox.kind,
    address: outbox.address,
    userId: outbox.userId,
    credentialVersion: outbox.credentialVersion,
    ip: outbox.ip,
    userAgent: outbox.userAgent,
    createdAt: outbox.createdAt,
    failures: outbox.failures,
    mintedAt: outbox.mintedAt,
  });
}

/** False when the row's secret was minted before, or the row is settled. */
export async function markMinted(db: Database, id: string, now: Date): Promise<boolean> {
  const rows = await db
    .update(outbox)
    .set({ mintedAt: now })
    .where(and(eq(outbox.id, id), isNull(outbox.mintedAt), isPending))
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

/** Notes a refusal that may pass, and when to try again. */
export async function postponeMail(
  db: Database,
  id: string,
  { nextAttemptAt, error }: { nextAttemptAt: Date; error: string },
): Promise<void> {
  await db
    .update(outbox)
    .set({ nextAttemptAt, lastError: error, lockedUntil: null, failures: sql`${outbox.failures} + 1` })
    .where(and(eq(outbox.id, id), isPending));
}

/** Gives leases back, so that another worker need not wait for them to run out. */
export async function releaseMails(db: Database, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await db
    .update(outbox)
    .set({ lockedUntil: null })
    .where(and(inArray(outbox.id, ids), isPending));
}
