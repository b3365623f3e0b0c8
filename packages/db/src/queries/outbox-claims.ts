import { and, asc, eq, inArray, isNotNull, isNull, lte, notInArray, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { outbox } from "../schema/index.js";
import { isPending, type MailLease, type OutboxEntry } from "./outbox.js";
import { mailEpoch } from "./revocation.js";

/** A lease as others see it. */
export interface SeenLease {
  id: string;
  /** Null for a worker of a version that gives no signs of life. */
  lockedBy: string | null;
  lockedUntil: Date | null;
  beats: number;
}

export interface ClaimedEntry extends Omit<OutboxEntry, "address" | "payload">, MailLease {
  payload: Uint8Array | null;
  seed: string;
  /** What mailed secrets are derived with besides the seed; null until operators have first set one. */
  epoch: string | null;
  sequence: number;
  retriedAt: Date | null;
  address: string | null;
  failures: number;
  rejections: number;
  secretHash: string | null;
  lastError: string | null;
}

export interface Claim {
  worker: string;
  now: Date;
  /** For workers of older versions, which go by the clock. */
  leaseUntil: Date;
  /** How many at most of the newest that nobody has tried yet. */
  newest: number;
  /** How many at most together with those that are due longest. */
  limit: number;
  /** Domains that are left out. */
  busy: readonly string[];
}

const isFree = sql`${isPending} and ${outbox.lockedUntil} is null`;
/** As in the index of fresh mails. */
const isFresh = sql`${isFree} and ${outbox.failures} = 0 and ${outbox.lastError} is null`;
/** The domain of the address; all that is not a mail counts as one. */
const domain = sql`coalesce(split_part(lower(${outbox.address}), '@', 2), '')`;
/** How many mails a claim examines where some domains are left out. */
const maxExamined = 1_000;

/**
 * Leases mails to one worker; other workers skip them. They are taken from both ends of the queue, so that a new mail
 * does not wait behind a thousand others, and none waits for ever. A mail that nobody has tried yet needs no clock.
 */
export async function claimMails(db: Database, claim: Claim): Promise<ClaimedEntry[]> {
  const { worker, leaseUntil } = claim;
  const lease = { nextAttemptAt: leaseUntil, lockedUntil: leaseUntil, lockedBy: worker, beats: oneMore };
  // `offset 0` has each part computed once.
  const ids = sql`array(select unnest(fresh.ids || due.ids)
    from (select array(${newestOf(claim)}) as ids offset 0) fresh
    cross join lateral (select array(${longestDueOf(claim)}) as ids offset 0) due)`;
  const rows = await db.update(outbox).set(lease).where(sql`${outbox.id} = any(${ids})`).returning(claimed);
  const entries = rows.map((row) => ({ ...row, lockedBy: worker }));
  return entries.sort((one, other) => one.sequence - other.sequence);
}

const oneMore = sql`${outbox.beats} + 1`;

const claimed = {
  id: outbox.id,
  sequence: outbox.sequence,
  seed: outbox.seed,
  epoch: mailEpoch,
  kind: outbox.kind,
  address: outbox.address,
  userId: outbox.userId,
  credentialVersion: outbox.credentialVersion,
  ip: outbox.ip,
  userAgent: outbox.userAgent,
  createdAt: outbox.createdAt,
  retriedAt: outbox.retriedAt,
  payload: outbox.payload,
  failures: outbox.failures,
  rejections: outbox.rejections,
  secretHash: outbox.secretHash,
  lastError: outbox.lastError,
};

function newestOf({ newest, busy }: Claim): SQL {
  const last = sql`(select ${outbox.sequence} from ${outbox} where ${isFresh}
    order by ${outbox.sequence} desc offset ${maxExamined} limit 1)`;
  return sql`select ${outbox.id} from ${outbox}
    where ${isFresh} ${except(busy, sql`${outbox.sequence} > coalesce(${last}, -1)`)}
    order by ${outbox.sequence} desc limit ${newest} for update skip locked`;
}

function longestDueOf({ now, limit, busy }: Claim): SQL {
  const isDue = sql`${isFree} and ${lte(outbox.nextAttemptAt, now)}`;
  const last = sql`(select ${outbox.nextAttemptAt} from ${outbox} where ${isDue}
    order by ${outbox.nextAttemptAt} offset ${maxExamined} limit 1)`;
  return sql`select ${outbox.id} from ${outbox}
    where ${isDue} and ${outbox.id} <> all(fresh.ids)
      ${except(busy, sql`${outbox.nextAttemptAt} <= coalesce(${last}, 'infinity')`)}
    order by ${outbox.nextAttemptAt} limit greatest(${limit} - cardinality(fresh.ids), 0) for update skip locked`;
}

/** Leaves domains out, within a bound: a slow domain may have any number of mails. */
function except(busy: readonly string[], bound: SQL): SQL {
  return busy.length === 0 ? sql`` : sql`and ${notInArray(domain, [...busy])} and ${bound}`;
}

/** A worker's sign of life, for all the mails that it is delivering. */
export async function renewLeases(
  db: Database,
  { worker, ids, leaseUntil }: { worker: string; ids: readonly string[]; leaseUntil: Date },
): Promise<void> {
  await db
    .update(outbox)
    .set({ nextAttemptAt: leaseUntil, lockedUntil: leaseUntil, beats: oneMore })
    .where(and(inArray(outbox.id, [...ids]), eq(outbox.lockedBy, worker), isPending));
}

/** The leases of all workers, which are few. */
export async function listLeases(db: Database, limit: number): Promise<SeenLease[]> {
  return await db
    .select({
      id: outbox.id,
      lockedBy: outbox.lockedBy,
      lockedUntil: outbox.lockedUntil,
      beats: outbox.beats,
    })
    .from(outbox)
    .where(and(isPending, isNotNull(outbox.lockedUntil)))
    .orderBy(asc(outbox.id))
    .limit(limit);
}

/** Returns a mail to the queue whose worker is gone; does nothing if there was a sign of life after all. */
export async function takeBack(
  db: Database,
  { id, beats, lockedBy }: SeenLease,
  { now, error }: { now: Date; error: string },
): Promise<boolean> {
  const isSame = lockedBy === null ? isNull(outbox.lockedBy) : eq(outbox.lockedBy, lockedBy);
  const rows = await db
    .update(outbox)
    .set({ nextAttemptAt: now, lockedUntil: null, lockedBy: null, lastError: error })
    .where(and(eq(outbox.id, id), eq(outbox.beats, beats), isSame, isNotNull(outbox.lockedUntil), isPending))
    .returning({ id: outbox.id });
  return rows.length === 1;
}
