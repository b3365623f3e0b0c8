import { and, eq, inArray, lte, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { rateLimits, users } from "../schema/index.js";
import { type CallCount, counted, countOf, firstCount, rowOf } from "./rate-limits.js";
import type { UserKeys } from "./users.js";

/** A guess at a password, and what it is counted under. */
export interface PasswordTry {
  now: Date;
  windowMs: number;
  /** How many tries a name has in a window, and how many each marked device has. */
  limit: number;
  /** How many the account has by all of its names together, and how many all of its marked devices have. */
  accountLimit: number;
  /** How long wrong guesses are added up for the notice to the owner. */
  noticeWindowMs: number;
  /** The count of the typed name; used unless a mark matches. */
  nameKey: string;
  /** The names by which the account is looked up, folded. */
  keys: UserKeys;
  /** The browser's marks. One matches if it is the account's, with its present credentials. */
  marks: { userId: string; credentialVersion: number; deviceKey: string }[];
  /** Counted first; if it is exceeded, nothing else is counted. */
  call: CallCount | null;
}

export interface CountedTry {
  isAllowed: boolean;
  /** A mark matched. */
  isMarked: boolean;
  /** The account's total is exceeded: the password must not be tried. */
  isSpent: boolean;
  /** Until the exceeded count expires. */
  retryMs: number;
  /** The account that has the name. */
  userId: string | null;
  /** What it was counted under; the owner is told by the count of `wrong` guesses. Null if it is not allowed. */
  counts: { own: Counted; total: Counted; wrong: Counted } | null;
}

interface Counted {
  key: string;
  points: number;
}

/** A count of wrong guesses jumps here when the owner is told, far above what guesses add up to. */
const told = 1_000_000;

/**
 * Counts a guess in one statement, so that concurrent guesses cannot pass a limit together: for the name or the device,
 * then for the account, then among the wrong ones of the last weeks. A name without an account is counted three times as
 * well, so that it costs the same. Guesses beyond a name's or a device's own limit are not counted for the account: one
 * device cannot use up the tries of the others.
 *
 * Every statement locks these rows in the order of their keys, or they could deadlock: a device, all devices, a name, an
 * account's total, its wrong guesses.
 */
export async function countPasswordTry(db: Database, tried: PasswordTry): Promise<CountedTry> {
  const account = db.$with("account").as(namedAccount(db, tried.keys));
  const first = db.$with("first").as(firstCount(db, tried.call));
  const mayTry = tried.call === null ? sql`true` : sql`(select ${first.points} <= ${tried.call.limit} from ${first})`;
  const own = db.$with("own").as(ownCount(db, tried, mayTry));
  const isByName = sql`${own.key} = ${tried.nameKey}`;
  const isWithin = lte(own.points, tried.limit);
  const totalRow = db
    .select(rowOf(totalKey(isByName, tried), tried))
    .from(own)
    .where(isWithin);
  const total = db.$with("total").as(countOf(db, totalRow.getSQL(), counted(tried, tried.accountLimit)));
  const long = { now: tried.now, windowMs: tried.noticeWindowMs };
  const isTried = or(isByName, lte(total.points, tried.accountLimit));
  const wrongKey = sql`'password:wrong:' || ${total.key}`;
  const wrongRow = db.select(rowOf(wrongKey, long)).from(sql`${own}, ${total}`).where(isTried);
  const wrong = db.$with("wrong").as(countOf(db, wrongRow.getSQL(), counted(long, told)));
  const rows = await db
    .with(account, first, own, total, wrong)
    .select({
      level: sql<string>`"level"`,
      key: sql<string>`"key"`,
      points: sql<number>`"points"`,
      expire: sql`"expire"`.mapWith(rateLimits.expire),
    })
    .from(
      sql`(select 'first' as "level", * from ${first} union all select 'own', * from ${own}
        union all select 'total', * from ${total} union all select 'wrong', * from ${wrong}
        union all select 'account', "id"::text, 0, null from ${account}) as "counts"`,
    );
  return verdict(tried, new Map(rows.map((row) => [row.level, row])));
}

/** Takes a try back: it was no wrong guess. Of a spent try, the total has counted nothing. */
export async function uncountPasswordTry(db: Database, tried: PasswordTry, counts: CountedTry): Promise<void> {
  if (counts.counts === null) return;
  const { own, total, wrong } = counts.counts;
  const keys = counts.isSpent ? [own.key, wrong.key] : [own.key, total.key, wrong.key];
  // Above the limit are refused tries, which must not weigh against one that is taken back.
  const most = sql`case ${rateLimits.key} when ${own.key} then ${tried.limit}::int when ${total.key} then ${tried.accountLimit}::int else ${told}::int end`;
  const points = sql`greatest(least(${rateLimits.points}, ${most}) - 1, 0)`;
  await db.update(rateLimits).set({ points }).where(isOneOf(db, keys));
}

/** Resets the counts, in one statement. */
export async function forgetPasswordTries(db: Database, keys: string[]): Promise<void> {
  await db.delete(rateLimits).where(isOneOf(db, keys));
}

/** True for the one caller who is to tell the owner, once the count has come to `number`. */
export async function claimGuessNotice(db: Database, key: string, number: number): Promise<boolean> {
  if (number >= told / 2) return false;
  const isDue = sql`${rateLimits.points} between ${number} and ${told / 2}`;
  const rows = await db
    .update(rateLimits)
    .set({ points: told })
    .where(and(eq(rateLimits.key, key), isDue))
    .returning({ key: rateLimits.key });
  return rows.length === 1;
}

/** Whether the owner has been told already. */
export function isTold({ points }: Counted): boolean {
  return points > told / 2;
}

/** The keys of an account's counts, other than those of its names; those of marks end with the credentials. */
export function accountTryKeys(userId: string): string[] {
  const total = `password:total:${userId}`;
  return [total, `password:wrong:${total}`];
}

function namedAccount(db: Database, { emailKey, usernameKey }: UserKeys) {
  const isNamed = sql`(${users.emailKey} = ${emailKey} or ${users.usernameKey} = ${usernameKey})`;
  return db.select({ id: users.id, version: users.credentialVersion }).from(users).where(isNamed).limit(1);
}

/** For the device, if one of the marks matches. */
function ownCount(db: Database, tried: PasswordTry, mayTry: SQL) {
  const marks = JSON.stringify(tried.marks);
  const key = sql`coalesce((select "mark"."deviceKey" from "account" join jsonb_to_recordset(${marks}::jsonb)
    as "mark" ("userId" uuid, "credentialVersion" int, "deviceKey" text)
    on "mark"."userId" = "account"."id" and "mark"."credentialVersion" = "account"."credential_version"
    order by "mark"."deviceKey" limit 1), ${tried.nameKey}::text)`;
  const row = db.select(rowOf(key, tried)).from(sql`(select 1) as "once"`).where(mayTry);
  return countOf(db, row.getSQL(), counted(tried, tried.limit));
}

function totalKey(isByName: SQL, { nameKey }: PasswordTry): SQL {
  return sql`case when ${isByName} then 'password:total:' || coalesce((select "id"::text from "account"), ${nameKey}::text)
    else (select 'password:marks:' || "id"::text || ':' || "credential_version" from "account") end`;
}

type Row = Counted & { expire: Date | null };

function verdict(tried: PasswordTry, rows: Map<string, Row>): CountedTry {
  const [first, own, total, wrong] = ["first", "own", "total", "wrong"].map((level) => rows.get(level));
  if (own === undefined && first === undefined) throw new Error("A guess was not counted.");
  const isMarked = own !== undefined && own.key !== tried.nameKey;
  const isBeyond = total !== undefined && total.points > tried.accountLimit;
  const isOwnUsed = own !== undefined && own.points > tried.limit;
  const exceeded = isOwnUsed ? own : isMarked && isBeyond ? total : null;
  const retryMs = own ? remaining(exceeded?.expire, tried.now) : remaining(first?.expire, tried.call?.at ?? tried.now);
  return {
    isAllowed: own !== undefined && exceeded === null,
    isMarked,
    isSpent: !isMarked && isBeyond,
    retryMs,
    userId: rows.get("account")?.key ?? null,
    counts: own && total && wrong ? { own, total, wrong } : null,
  };
}

function remaining(end: Date | null | undefined, now: Date): number {
  return end ? end.getTime() - now.getTime() : 0;
}

function isOneOf(db: Database, keys: string[]): SQL {
  const locked = db
    .select({ key: rateLimits.key })
    .from(rateLimits)
    .where(inArray(rateLimits.key, keys))
    .orderBy(rateLimits.key)
    .for("update");
  return sql`${rateLimits.key} = any(array${locked})`;
}
