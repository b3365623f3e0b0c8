import { and, eq, isNotNull, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { rateLimits, users } from "../schema/index.js";
import { countOf, endOf, isOverAt, rowOf } from "./rate-limits.js";

/** For whom a mail is: the account itself, whoever says that it is theirs, or another account that wants the address. */
export type MailShare = "account" | "contest" | "move";

/** Beside the count of the mails, in the same number: which shares have had one, and that the last mail was refused. */
const bits = { account: 1 << 16, contest: 1 << 17, move: 0, refused: 1 << 18 } as const;
const countBits = (1 << 16) - 1;
const reserved = ["account", "contest"] as const;
/** With fewer, there is nothing to keep. */
const leastToShare = 3;

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
  /** Whose mails these are; one of the limit is kept for each of the others that is `reserved`. */
  share: MailShare;
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
  const row = db.select({ ...rowOf(sql`${mail.key}::text`, mail), points: firstOf(mail).as("points") }).from(first);
  const sent = db.$with("sent").as(countOf(db, row.getSQL(), further(mail)));
  const refused = await db
    .with(first, sent)
    .select({ key: sent.key })
    .from(sent)
    .where(sql`${sent.points} & ${bits.refused} <> 0`);
  return refused.length === 0;
}

function firstOf({ share }: UnprovedMail): SQL<number> {
  return sql`${1 | bits[share]}::integer`;
}

/** A further mail, which is refused if it would take the last ones that are kept for others. */
function further(mail: UnprovedMail) {
  const { points } = rateLimits;
  const others = mail.limit < leastToShare ? [] : reserved.filter((share) => share !== mail.share);
  const kept = others.map((share) => sql`(case when ${points} & ${bits[share]} = 0 then 1 else 0 end)`);
  const wanted = sql.join([sql`(${points} & ${countBits})`, sql`1`, ...kept], sql` + `);
  const isOver = isOverAt(mail.now);
  const end = sql.param(endOf(mail), rateLimits.expire);
  return {
    target: rateLimits.key,
    set: {
      points: sql`case when ${isOver} then ${firstOf(mail)}
        when ${wanted} <= ${mail.limit} then ((${points} & ${~bits.refused}) + 1) | ${bits[mail.share]}
        else ${points} | ${bits.refused} end`,
      expire: sql`case when ${isOver} then ${end} else ${rateLimits.expire} end`,
    },
  };
}
