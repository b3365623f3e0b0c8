import { index, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { moment, users } from "./users.js";

/** Mailed one-time secrets. Consumed by one `DELETE … RETURNING`. */
export const secrets = pgTable(
  "secrets",
  {
    /** SHA-256 of the token, in hex. */
    hash: text("hash").primaryKey(),
    purpose: text("purpose").notNull(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** The address that it was sent to: a secret proves that mailbox and no other. */
    email: text("email").notNull(),
    payload: text("payload"),
    createdAt: moment("created_at").notNull(),
    expiresAt: moment("expires_at").notNull(),
  },
  (table) => [
    index("secrets_user_purpose").on(table.userId, table.purpose),
    index("secrets_expires_at").on(table.expiresAt),
  ],
);
