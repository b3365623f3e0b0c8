import { isNotNull, lte, sql } from "drizzle-orm";
import { boolean, check, index, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { keywright, moment, sha256 } from "./columns.js";
import { users } from "./users.js";

export const sessions = keywright.table(
  "sessions",
  {
    /** Public: shown to the user, and the `sid` of access tokens. Of no use without a signature. */
    id: uuid("id").primaryKey(),
    /** Of the cookie's token; null for bearer sessions, which have no cookie. */
    tokenHash: sha256("token_hash"),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** Slides with use; never beyond `absoluteExpiresAt`. In no index, so that use rewrites none (heap-only updates). */
    expiresAt: moment("expires_at").notNull(),
    absoluteExpiresAt: moment("absolute_expires_at").notNull(),
    /** When housekeeping looks at it next: the `expiresAt` of its start, or of the last look. */
    nextCheckAt: moment("next_check_at").notNull(),
    createdAt: moment("created_at").notNull(),
    lastSeenAt: moment("last_seen_at").notNull(),
    /** When the password, or another full proof, was last given in this session. */
    authenticatedAt: moment("authenticated_at").notNull(),
    isRemembered: boolean("is_remembered").notNull(),
    ip: text("ip"),
    userAgent: text("user_agent"),
    deviceName: text("device_name"),
  },
  (table) => [
    uniqueIndex("sessions_token_hash").on(table.tokenHash).where(isNotNull(table.tokenHash)),
    index("sessions_user").on(table.userId),
    index("sessions_next_check_at").on(table.nextCheckAt),
    check("sessions_within_absolute", lte(table.expiresAt, table.absoluteExpiresAt)),
  ],
);

/** One row a link of the chain; the chain is the session's, and goes with it. */
export const refreshTokens = keywright.table(
  "refresh_tokens",
  {
    /** Of the token. */
    hash: sha256("hash").primaryKey(),
    sessionId: uuid("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    expiresAt: moment("expires_at").notNull(),
    createdAt: moment("created_at").notNull(),
    rotatedAt: moment("rotated_at"),
    /** Hash of the successor; null until rotated. */
    successorHash: sha256("successor_hash"),
  },
  (table) => [
    index("refresh_tokens_session").on(table.sessionId),
    index("refresh_tokens_rotated_at").on(table.rotatedAt).where(isNotNull(table.rotatedAt)),
    check("refresh_tokens_rotated_to", sql`(${table.rotatedAt} is null) = (${table.successorHash} is null)`),
  ],
);
