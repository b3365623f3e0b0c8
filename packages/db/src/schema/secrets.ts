import { bigint, index, text, uuid } from "drizzle-orm/pg-core";
import { keywright, moment, sha256 } from "./columns.js";
import { users } from "./users.js";

/** One-time secrets sent by mail. Consumed by one `DELETE … RETURNING`. */
export const secrets = keywright.table(
  "secrets",
  {
    /** Of the token. */
    hash: sha256("hash").primaryKey(),
    purpose: text("purpose").notNull(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** The address that it was sent to: a secret proves that mailbox and no other. */
    email: text("email").notNull(),
    payload: text("payload"),
    /** That of the mail that it was sent with: of two secrets for one purpose, the one with the higher number works. */
    sequence: bigint("sequence", { mode: "number" }).notNull().default(0),
    createdAt: moment("created_at").notNull(),
    expiresAt: moment("expires_at").notNull(),
  },
  (table) => [
    index("secrets_user_purpose").on(table.userId, table.purpose),
    index("secrets_expires_at").on(table.expiresAt),
  ],
);
