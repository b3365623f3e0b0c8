import { sql } from "drizzle-orm";
import { check, index, integer, text, uuid } from "drizzle-orm/pg-core";
import { key, keywright, moment, sha256 } from "./columns.js";

/** Mails to be delivered. Written in the transaction of what they are about; no secret is ever in it. */
export const outbox = keywright.table(
  "outbox",
  {
    id: uuid("id").primaryKey(),
    /** What the row's secret and its Message-ID are derived from. Unlike the id it never leaves the database. */
    seed: uuid("seed").notNull().defaultRandom(),
    kind: text("kind").notNull(),
    /** Address as typed; emptied once the row is settled. */
    address: text("address"),
    /** The account that it is about, where the address alone does not tell. */
    userId: uuid("user_id"),
    /** The account's when the row was written: a link that was asked for before a credential change is not mailed after it. */
    credentialVersion: integer("credential_version"),
    /** `pending`, then `sent`, `dropped` (nobody to tell) or `dead` (refused for good, or too late). */
    status: text("status").notNull().default("pending"),
    ip: text("ip"),
    userAgent: text("user_agent"),
    createdAt: moment("created_at").notNull(),
    /** While a worker has the mail, the end of its lease: one column says which mails are due. */
    nextAttemptAt: moment("next_attempt_at").notNull(),
    /** The worker's lease; null while nobody has the mail. */
    lockedUntil: moment("locked_until"),
    /** Attempts that failed because of this mail. An outage of the mail server is not one, nor is a worker that died. */
    failures: integer("failures").notNull().default(0),
    /** How many of them were refusals that may mean that the address does not exist. */
    rejections: integer("rejections").notNull().default(0),
    /**
     * Hash of the row's secret, set when it is first minted, in the same transaction: a used link is never minted again,
     * and after a change of `KEYWRIGHT_SECRET` it shows which of the keys the secret was derived with.
     */
    secretHash: sha256("secret_hash"),
    settledAt: moment("settled_at"),
    lastError: text("last_error"),
  },
  (table) => [
    // What waits is found without what is settled, which is the greater part.
    index("outbox_due").on(table.nextAttemptAt).where(sql`${table.status} = 'pending'`),
    index("outbox_user").on(table.userId).where(sql`${table.status} = 'pending'`),
    index("outbox_settled").on(table.status, table.settledAt).where(sql`${table.settledAt} is not null`),
    check("outbox_settled_at", sql`(${table.status} = 'pending') = (${table.settledAt} is null)`),
  ],
);

/** The columns and their names are rate-limiter-flexible's. */
export const rateLimits = keywright.table(
  "rate_limits",
  {
    key: key("key").primaryKey(),
    points: integer("points").notNull(),
    expire: moment("expire"),
  },
  (table) => [index("rate_limits_expire").on(table.expire)],
);
