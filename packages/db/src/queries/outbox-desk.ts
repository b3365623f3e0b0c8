import { and, desc, eq, isNotNull, isNull, or, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { outbox } from "../schema/index.js";
import { isPending, type Settlement } from "./outbox.js";

export type MailState = "pending" | Settlement;

/** A row of the outbox as an operator sees it. */
export interface DeskEntry {
  id: string;
  sequence: number;
  seed: string;
  kind: string;
  state: string;
  address: string | null;
  userId: string | null;
  createdAt: Date;
  retriedAt: Date | null;
  nextAttemptAt: Date;
  lockedUntil: Date | null;
  failures: number;
  lastError: string | null;
  settledAt: Date | null;
}

const columns = {
  id: outbox.id,
  sequence: outbox.sequence,
  seed: outbox.seed,
  kind: outbox.kind,
  state: outbox.status,
  address: outbox.address,
  userId: outbox.userId,
  createdAt: outbox.createdAt,
  retriedAt: outbox.retriedAt,
  nextAttemptAt: outbox.nextAttemptAt,
  lockedUntil: outbox.lockedUntil,
  failures: outbox.failures,
  lastError: outbox.lastError,
  settledAt: outbox.settledAt,
};

/** The newest first, starting after the last one of the previous page. */
export async function listMails(
  db: Database,
  { state, after, limit }: { state: MailState; after: { sequence: number; id: string } | null; limit: number },
): Promise<DeskEntry[]> {
  // The id only matters for rows from before there was a sequence.
  const isOlder = after && sql`(${outbox.sequence}, ${outbox.id}) < (${after.sequence}, ${after.id}::uuid)`;
  return await db
    .select(columns)
    .from(outbox)
    .where(and(eq(outbox.status, state), isOlder ?? undefined))
    .orderBy(desc(outbox.sequence), desc(outbox.id))
    .limit(limit);
}

export async function findMail(db: Database, id: string): Promise<DeskEntry | null> {
  const [row] = await db.select(columns).from(outbox).where(eq(outbox.id, id)).limit(1);
  return row ?? null;
}

const isDead = eq(outbox.status, "dead");
/** Not while a worker is sending it. */
const isWaiting = and(isPending, isNull(outbox.lockedUntil));

/**
 * Has a mail tried again at once, as if it were new. Null if it is over or being sent, or was of the kind `withPayload`,
 * whose content is erased at its end.
 */
export async function retryMail(
  db: Database,
  id: string,
  { now, withPayload }: { now: Date; withPayload: string },
): Promise<{ userId: string | null } | null> {
  const isWhole = and(isDead, isNotNull(outbox.address), sql`${outbox.kind} <> ${withPayload}`);
  const [row] = await db
    .update(outbox)
    .set({
      status: "pending",
      settledAt: null,
      retriedAt: now,
      nextAttemptAt: now,
      failures: 0,
      rejections: 0,
      lastError: null,
    })
    .where(and(eq(outbox.id, id), or(isWaiting, isWhole)))
    .returning({ userId: outbox.userId });
  return row ?? null;
}

/** Ends a mail that waits or is dead, and erases its recipient. Null if it is over or being sent. */
export async function dropMail(db: Database, id: string, now: Date): Promise<{ userId: string | null } | null> {
  const erased = { address: null, ip: null, userAgent: null, payload: null, lockedBy: null };
  const [row] = await db
    .update(outbox)
    .set({ status: "dropped", settledAt: now, ...erased })
    .where(and(eq(outbox.id, id), or(isWaiting, isDead)))
    .returning({ userId: outbox.userId });
  return row ?? null;
}
