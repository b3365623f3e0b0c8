import { and, eq, isNotNull, lte, or, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { rateLimits, users } from "../schema/index.js";
import { counted, countOf, rowOf } from "./rate-limits.js";

/** A mail that is about to be sent to an address. */
export interface UnprovedMail {
  /** The mail's own key: a second attempt is not counted again. */
  mailKey: string;
  /** How long there can be a second attempt. */
  attemptsMs: number;
  emailKey: string;
  /** Whether an account's address counts as proved even if it was never verified. */
  isEveryAccountProved: boolean;
  /** What mails to the address are counted under. */
  key: string;
  limit: number;
  windowMs: number;
  now: Date;
}

/**
 * Counts a mail, in one statement, unless an account has proved the address or the mail was counted before. False if it
 * is one too many.
 */
export async function countUnprovedMail(db: Database, mail: UnprovedMail): Promise<boolean> {
  const isProved = or(isNotNull(users.emailVerifiedAt), sql`${mail.isEveryAccountProved}::boolean`);
  const owner = db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.emailKey, mail.emailKey), isProved));
  const attempts = { now: mail.now, windowMs: mail.attemptsMs };
  const attempt = db.select(rowOf(sql`${mail.mailKey}::text`, attempts)).from(sql`(select 1) as "once"`);
  const first = db.$with("first").as(
    db
      .insert(rateLimits)
      .select(attempt.where(sql`not exists ${owner}`).getSQL())
      .onConflictDoNothing()
      .returning({ key: rateLimits.key }),
  );
  const row = db.select(rowOf(sql`${mail.key}::text`, mail)).from(first);
  const sent = db.$with("sent").as(countOf(db, row.getSQL(), counted(mail, mail.limit)));
  const refused = await db
    .with(first, sent)
    .select({ key: sent.key })
    .from(sent)
    .where(sql`not (${lte(sent.points, mail.limit)})`);
  return refused.length === 0;
}
