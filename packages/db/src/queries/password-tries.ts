import { and, eq, inArray, lte, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { rateLimits, users } from "../schema/index.js";

/** A guess at a password, and the keys it is counted under. */
export interface PasswordTry {
  now: Date;
  windowMs: number;
  /** How many tries are allowed per key and window. */
  limit: number;
  /** Used if there is no matching mark. */
  nameKey: string;
  mark: MarkedTry | null;
}

/** The try carried a device mark, which matches if the account has these credentials and this name (folded). */
export interface MarkedTry {
  userId: string;
  credentialVersion: number;
  name: string;
  deviceKey: string;
  /** Counts all devices of the account together. */
  accountKey: string;
  accountLimit: number;
}

export interface CountedTry {
  isAllowed: boolean;
  /** There was a mark, and it matches. */
  isMarked: boolean;
  /** The keys it was counted under. */
  keys: string[];
  /** The highest of their counts, including this try. */
  used: number;
  /** When the exceeded counts expire. */
  retryAt: Date;
}

/**
 * Counts a guess in one statement, so that concurrent guesses cannot pass a limit together. The mark is checked in the
 * same statement, so a mark costs the same whether or not the name exists. Tries beyond a device's own limit are not
 * counted for the account: one device cannot use up the tries of the others.
 */
export async function countPasswordTry(db: Database, tried: PasswordTry): Promise<CountedTry> {
  const { limit, nameKey, mark, now } = tried;
  if (!mark) {
    const values = { key: nameKey, points: 1, expire: endOf(tried) };
    const rows = await db.insert(rateLimits).values(values).onConflictDoUpdate(incremented(tried, limit)).returning();
    return verdict(
      rows.map((row) => ({ ...row, limit })),
      { isMarked: false, now },
    );
  }
  const known = db.$with("known").as(db.select({ id: users.id }).from(users).where(fits(mark)));
  const ownKey = sql<string>`case when exists (select 1 from ${known}) then ${mark.deviceKey} else ${nameKey} end`;
  const once = db.select(firstRow(tried, ownKey)).from(sql`(select 1) as "once"`);
  const own = db
    .$with("own")
    .as(db.insert(rateLimits).select(once).onConflictDoUpdate(incremented(tried, limit)).returning());
  const isAllowed = and(eq(own.key, mark.deviceKey), lte(own.points, limit));
  const counted = db
    .select(firstRow(tried, sql`${mark.accountKey}::text`))
    .from(own)
    .where(isAllowed);
  const all = db
    .$with("all_marks")
    .as(db.insert(rateLimits).select(counted).onConflictDoUpdate(incremented(tried, mark.accountLimit)).returning());
  const [row] = await db.with(known, own, all).select().from(own).leftJoin(all, sql`true`);
  if (!row) throw new Error("A guess was not counted.");
  const total = row.all_marks ? [{ ...row.all_marks, limit: mark.accountLimit }] : [];
  return verdict([{ ...row.own, limit }, ...total], { isMarked: row.own.key === mark.deviceKey, now });
}

/** Takes one try back under each key. */
export async function uncountPasswordTry(db: Database, keys: string[]): Promise<void> {
  const points = sql`greatest(${rateLimits.points} - 1, 0)`;
  await db.update(rateLimits).set({ points }).where(isOneOf(db, keys));
}

/** Resets the counts. */
export async function forgetPasswordTries(db: Database, keys: string[]): Promise<void> {
  await db.delete(rateLimits).where(isOneOf(db, keys));
}

function fits({ userId, credentialVersion, name }: MarkedTry): SQL | undefined {
  const isItsName = or(eq(users.emailKey, name), eq(users.usernameKey, name));
  return and(eq(users.id, userId), eq(users.credentialVersion, credentialVersion), isItsName);
}

function endOf({ now, windowMs }: PasswordTry): Date {
  return new Date(now.getTime() + windowMs);
}

/** In the order of the table's columns, as Drizzle requires. */
function firstRow(tried: PasswordTry, key: SQL<string>) {
  const expire = sql<Date>`${sql.param(endOf(tried), rateLimits.expire)}::timestamptz`;
  return { key: key.as("key"), points: sql<number>`1`.as("points"), expire: expire.as("expire") };
}

/** Stops at one above the limit: refused tries do not weigh against one that is taken back. */
function incremented(tried: PasswordTry, limit: number) {
  const isOver = sql`${rateLimits.expire} <= ${sql.param(tried.now, rateLimits.expire)}`;
  const end = sql.param(endOf(tried), rateLimits.expire);
  return {
    target: rateLimits.key,
    set: {
      points: sql`case when ${isOver} then 1 else least(${rateLimits.points} + 1, ${limit + 1}) end`,
      expire: sql`case when ${isOver} then ${end} else ${rateLimits.expire} end`,
    },
  };
}

interface Count {
  key: string;
  points: number;
  expire: Date | null;
  limit: number;
}

function verdict(counts: Count[], { isMarked, now }: { isMarked: boolean; now: Date }): CountedTry {
  const exceeded = counts.filter(({ points, limit }) => points > limit);
  return {
    isAllowed: exceeded.length === 0,
    isMarked,
    keys: counts.map(({ key }) => key),
    used: Math.max(...counts.map(({ points }) => points)),
    retryAt: new Date(Math.max(now.getTime(), ...exceeded.map(({ expire }) => expire?.getTime() ?? 0))),
  };
}

/**
 * Locks rows in the order in which they are counted, a device's before its account's: any other order could deadlock.
 */
function isOneOf(db: Database, keys: string[]): SQL {
  const locked = db
    .select({ key: rateLimits.key })
    .from(rateLimits)
    .where(inArray(rateLimits.key, keys))
    .orderBy(rateLimits.key)
    .for("update");
  return sql`${rateLimits.key} = any(array${locked})`;
}
