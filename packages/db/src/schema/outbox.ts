import { index, integer, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { moment } from "./users.js";

/** Mails to be delivered. Written in the transaction of what they tell about; no secret is ever in it. */
export const outbox = pgTable(
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
  (table) => [index("outbox_status_next").on(table.status, table.nextAttemptAt)],
);

/** The columns and their names are rate-limiter-flexible's. */
export const rateLimits = pgTable(
  "rate_limits",
  {
    key: text("key").primaryKey(),
    points: integer("points").notNull(),
    expire: moment("expire"),
  },
  (table) => [index("rate_limits_expire").on(table.expire)],
);
