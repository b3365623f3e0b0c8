import { boolean, index, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { moment, users } from "./users.js";

export const sessions = pgTable(
  "sessions",
  {
    /** Public: shown to the user, and the `sid` of access tokens. Of no use without a signature. */
    id: uuid("id").primaryKey(),
    /** SHA-256 of the cookie's token, in hex; null for bearer sessions, which have no cookie. */
    tokenHash: text("token_hash").unique("sessions_token_hash"),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** Slides with use; never beyond `absoluteExpiresAt`. */
    expiresAt: moment("expires_at").notNull(),
    absoluteExpiresAt: moment("absolute_expires_at").notNull(),
    createdAt: moment("created_at").notNull(),
    lastSeenAt: moment("last_seen_at").notNull(),
    /** When the password, or another full proof, was last given in this session. */
    authenticatedAt: moment("authenticated_at").notNull(),
    isRemembered: boolean("is_remembered").notNull(),
    ip: text("ip"),
    userAgent: text("user_agent"),
    deviceName: text("device_name"),
  },
  (table) => [index("sessions_user").on(table.userId), index("sessions_expires_at").on(table.expiresAt)],
);

/** One row a link of the chain; the chain is the session's, and goes with it. */
export const refreshTokens = pgTable(
  "refresh_tokens",
  {
    /** SHA-256 of the token, in hex. */
    hash: text("hash").primaryKey(),
    sessionId: uuid("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    expiresAt: moment("expires_at").notNull(),
    createdAt: moment("created_at").notNull(),
    rotatedAt: moment("rotated_at"),
    /** Hash of the successor; null until rotated. */
    successorHash: text("successor_hash"),
  },
  (table) => [
    index("refresh_tokens_session").on(table.sessionId),
    index("refresh_tokens_rotated_at").on(table.rotatedAt),
  ],
);
