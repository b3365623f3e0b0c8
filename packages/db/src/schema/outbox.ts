import { sql } from "drizzle-orm";
import { bigint, check, index, integer, text, uuid } from "drizzle-orm/pg-core";
import { bytes, key, keywright, moment, sha256 } from "./columns.js";

/** Mails to be delivered, and provider tokens to be revoked, written in the transaction that causes them; never contains a secret. */
export const outbox = keywright.table(
  "outbox",
  {
    id: uuid("id").primaryKey(),
    /** The row's secret and Message-ID are derived from it. Unlike the id, it never leaves the database. */
    seed: uuid("seed").notNull().defaultRandom(),
    /** The order in which mails were queued, whatever clocks say; 0 for rows from before there was one. */
    sequence: bigint("sequence", { mode: "number" }).notNull().generatedByDefaultAsIdentity(),
    kind: text("kind").notNull(),
    /** The address as typed; erased once the row is settled. */
    address: text("address"),
    /** The account that the mail is about, if the address alone does not identify it. */
    userId: uuid("user_id"),
    /**
     * The account's version when the row was written: a link requested before a credential change is not mailed after
     * it.
     */
    credentialVersion: integer("credential_version"),
    /** `pending`, then `sent`, `dropped` (nobody to write to) or `dead` (permanently refused, or too late). */
    status: text("status").notNull().default("pending"),
    ip: text("ip"),
    userAgent: text("user_agent"),
    createdAt: moment("created_at").notNull(),
    /** When an operator had it tried again: its age counts from then. */
    retriedAt: moment("retried_at"),
    /** While a worker has the mail, the end of its lease, so that one column says which mails are due. */
    nextAttemptAt: moment("next_attempt_at").notNull(),
    /** End of the worker's lease; null while no worker has the mail. */
    lockedUntil: moment("locked_until"),
    /** The worker that has the mail. */
    lockedBy: uuid("locked_by"),
    /** Counts up while that worker is alive. If it stands still, the worker is gone, whatever clocks say. */
    beats: integer("beats").notNull().default(0),
    /** Attempts that failed because of this mail, not because of a mail server outage or a crashed worker. */
    failures: integer("failures").notNull().default(0),
    /** How many of them were rejections that may mean that the address does not exist. */
    rejections: integer("rejections").notNull().default(0),
    /**
     * Hash of the row's secret, set in the same transaction that first mints it: a used link is never minted again, and
     * after a change of `KEYWRIGHT_SECRET` it shows which key the secret was derived with.
     */
    secretHash: sha256("secret_hash"),
    /** What a row that is not a mail needs, encrypted: a provider's token to revoke. Erased once the row is settled. */
    payload: bytes("payload"),
    settledAt: moment("settled_at"),
    lastError: text("last_error"),
  },
  (table) => [
    // Finds pending mails without reading the settled ones, which are the majority.
    index("outbox_due").on(table.nextAttemptAt).where(sql`${table.status} = 'pending'`),
    // Mails that nobody has tried yet, by age and by youth.
    index("outbox_fresh")
      .on(table.sequence)
      .where(
        sql`${table.status} = 'pending' and ${table.lockedUntil} is null and ${table.failures} = 0 and ${table.lastError} is null`,
      )
      .concurrently(),
    // Mails that some worker has, which are few.
    index("outbox_leased")
      .on(table.id)
      .where(sql`${table.status} = 'pending' and ${table.lockedUntil} is not null`)
      .concurrently(),
    // For an operator's pages.
    index("outbox_listed").on(table.status, table.sequence).concurrently(),
    index("outbox_user").on(table.userId).where(sql`${table.status} = 'pending'`),
    index("outbox_settled").on(table.status, table.settledAt).where(sql`${table.settledAt} is not null`),
    check("outbox_settled_at", sql`(${table.status} = 'pending') = (${table.settledAt} is null)`),
  ],
);

export const rateLimits = keywright.table(
  "rate_limits",
  {
    key: key("key").primaryKey(),
    points: integer("points").notNull(),
    expire: moment("expire"),
  },
  (table) => [index("rate_limits_expire").on(table.expire)],
);
