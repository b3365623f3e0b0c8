import { and, eq, inArray, lte, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { rateLimits, users } from "../schema/index.js";

/** A guess at a password, and what it is counted under. */
export interface PasswordTry {
  now: Date;
  windowMs: number;
  /** How many are let through in a window under one key. */
  most: number;
  /** Without a mark that fits. */
  nameKey: string;
  mark: MarkedTry | null;
}

/** It came with the mark of a device, which fits if the account has these credentials and this name, folded. */
export interface MarkedTry {
  userId: string;
  credentialVersion: number;
  name: string;
  deviceKey: string;
  /** For all devices of the account together. */
  accountKey: string;
  accountMost: number;
}

export interface CountedTry {
  isAllowed: boolean;
  /** The mark was there and fits. */
  isMarked: boolean;
  /** What it was counted under. */
  keys: string[];
  /** The highest of their counts, this try included. */
  used: number;
  /** When the counts that refuse it are over. */
  retryAt: Date;
}

/**
 * Counts a guess in one statement, so that guesses at once cannot pass a limit together. Whether a mark fits is found
 * out in it: the cost is that of the mark, whether anybody has the name or not. What its device may not is not
 * counted for the account: one device cannot use up the tries of the others.
 */
export async function countPasswordTry(db: Database, tried: PasswordTry): Promise<CountedTry> {
  const { most, nameKey, mark, now } = tried;
  if (!mark) {
    const values = { key: nameKey, points: 1, expire: endOf(tried) };
    const rows = await db.insert(rateLimits).values(values).onConflictDoUpdate(oneMore(tried, most)).returning();
    return verdict(
      rows.map((row) => ({ ...row, most })),
      { isMarked: false, now },
    );
  }
  const known = db.$with("known").as(db.select({ id: users.id }).from(users).where(fits(mark)));
  const ownKey = sql<string>`case when exists (select 1 from ${known}) then ${mark.deviceKey} else ${nameKey} end`;
  const once = db.select(firstOf(tried, ownKey)).from(sql`(select 1) as "once"`);
  const own = db
    .$with("own")
    .as(db.insert(rateLimits).select(once).onConflictDoUpdate(oneMore(tried, most)).returning());
  const isLetThrough = and(eq(own.key, mark.deviceKey), lte(own.points, most));
  const counted = db
    .select(firstOf(tried, sql`${mark.accountKey}::text`))
    .from(own)
    .where(isLetThrough);
  const all = db
    .$with("all_marks")
    .as(db.insert(rateLimits).select(counted).onConflictDoUpdate(oneMore(tried, mark.accountMost)).returning());
  const [row] = await db.with(known, own, all).select().from(own).leftJoin(all, sql`true`);
  if (!row) throw new Error("A guess was not counted.");
  const total = row.all_marks ? [{ ...row.all_marks, most: mark.accountMost }] : [];
  return verdict([{ ...row.own, most }, ...total], { isMarked: row.own.key === mark.deviceKey, now });
}

/** Takes one try back under each key. */
export async function uncountPasswordTry(db: Database, keys: string[]): Promise<void> {
  const points = sql`greatest(${rateLimits.points} - 1, 0)`;
  await db.update(rateLimits).set({ points }).where(isOneOf(db, keys));
}

/** Starts the counts afresh. */
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

/** In the order of the table's columns: Drizzle asks for it. */
function firstOf(tried: PasswordTry, key: SQL<string>) {
  const expire = sql<Date>`${sql.param(endOf(tried), rateLimits.expire)}::timestamptz`;
  return { key: key.as("key"), points: sql<number>`1`.as("points"), expire: expire.as("expire") };
}

/** No higher than one above the limit: what was refused is not held against a try that is taken back. */
function oneMore(tried: PasswordTry, most: number) {
  const isOver = sql`${rateLimits.expire} <= ${sql.param(tried.now, rateLimits.expire)}`;
  const end = sql.param(endOf(tried), rateLimits.expire);
  return {
    target: rateLimits.key,
    set: {
      points: sql`case when ${isOver} then 1 else least(${rateLimits.points} + 1, ${most + 1}) end`,
      expire: sql`case when ${isOver} then ${end} else ${rateLimits.expire} end`,
    },
  };
}

interface Count {
  key: string;
  points: number;
  expire: Date | null;
  most: number;
}

function verdict(counts: Count[], { isMarked, now }: { isMarked: boolean; now: Date }): CountedTry {
  const exceeded = counts.filter(({ points, most }) => points > most);
  return {
    isAllowed: exceeded.length === 0,
    isMarked,
    keys: counts.map(({ key }) => key),
    used: Math.max(...counts.map(({ points }) => points)),
    retryAt: new Date(Math.max(now.getTime(), ...exceeded.map(({ expire }) => expire?.getTime() ?? 0))),
  };
}

/** Locked in the order in which they are counted, a device's before its account's: anything else could deadlock. */
function isOneOf(db: Database, keys: string[]): SQL {
  const locked = db
    .select({ key: rateLimits.key })
    .from(rateLimits)
    .where(inArray(rateLimits.key, keys))
    .orderBy(rateLimits.key)
    .for("update");
  return sql`${rateLimits.key} = any(array${locked})`;
}
