import { sql } from "drizzle-orm";
import { check, index, integer, text, uuid } from "drizzle-orm/pg-core";
import { key, keywright, moment } from "./columns.js";

/** Mails to be delivered. Written in the transaction of what they tell about; no secret is ever in it. */
export const outbox = keywright.table(
  "outbox",
  {
    id: uuid("id").primaryKey(),
    kind: text("kind").notNull(),
    /** Address as typed; emptied once the row is settled. */
    address: text("address"),
    /** The account that it is about, where the address alone does not tell. */
    userId: uuid("user_id"),
    /** The account's when the row was written: a link that was asked for before a credential change is not mailed after it. */
    credentialVersion: integer("credential_version"),
    /** `pending`, then `sent`, `dropped` (nobody to tell) or `dead` (refused for good). */
    status: text("status").notNull().default("pending"),
    ip: text("ip"),
    userAgent: text("user_agent"),
    createdAt: moment("created_at").notNull(),
    nextAttemptAt: moment("next_attempt_at").notNull(),
    lockedUntil: moment("locked_until"),
    /** Refusals by the mail server; a worker that died does not count. */
    failures: integer("failures").notNull().default(0),
    /** Set with the first minting of this row's secret, in one transaction, so that a used link is never minted again. */
    mintedAt: moment("minted_at"),
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
