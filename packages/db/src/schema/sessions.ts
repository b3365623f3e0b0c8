import { isNotNull, lte, sql } from "drizzle-orm";
import { boolean, check, index, integer, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { keywright, moment, sha256 } from "./columns.js";
import { users } from "./users.js";

export const sessions = keywright.table(
  "sessions",
  {
    /** Public: shown to the user, and the `sid` of access tokens. Useless without a signature. */
    id: uuid("id").primaryKey(),
    /** Of the cookie's token; null for bearer sessions, which have no cookie. */
    tokenHash: sha256("token_hash"),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** Extended by use, up to `absoluteExpiresAt`. Not indexed, so that use rewrites no index (heap-only updates). */
    expiresAt: moment("expires_at").notNull(),
    absoluteExpiresAt: moment("absolute_expires_at").notNull(),
    /** When housekeeping examines it next: its first `expiresAt`, or the one at the last check. */
    nextCheckAt: moment("next_check_at").notNull(),
    createdAt: moment("created_at").notNull(),
    lastSeenAt: moment("last_seen_at").notNull(),
    /** When the password, or another full proof, was last given in this session. */
    authenticatedAt: moment("authenticated_at").notNull(),
    isRemembered: boolean("is_remembered").notNull(),
    /** Of the last use that was recorded, at most one an hour. Those of the sign-in are in its event. */
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

/**
 * One row per chain, which belongs to a bearer session and is deleted with it. Older tokens of the chain need no row:
 * their contents identify them.
 */
export const refreshTokens = keywright.table(
  "refresh_tokens",
  {
    sessionId: uuid("session_id")
      .primaryKey()
      .references(() => sessions.id, { onDelete: "cascade" }),
    /** How often the chain was rotated; each token contains its own generation. */
    generation: integer("generation").notNull(),
    /** Hash of the only token that can be exchanged. */
    currentHash: sha256("current_hash").notNull(),
    /** Hash of the token before it; this and the columns below are null until the first rotation. */
    previousHash: sha256("previous_hash"),
    rotatedAt: moment("rotated_at"),
    /**
     * Salted hash of the address and user agent of the last rotation; a retry from elsewhere is reported to the owner.
     */
    rotatedBy: sha256("rotated_by"),
    /** Whether two callers were found to use the last link. */
    isShared: boolean("is_shared").notNull().default(false),
    /** 122 random bits, without which nobody can derive the current token from the previous one. */
    rotationSalt: uuid("rotation_salt"),
  },
  (table) => [
    check(
      "refresh_tokens_rotated",
      sql`${table.generation} >= 0 and num_nonnulls(${table.previousHash}, ${table.rotatedAt}, ${table.rotatedBy},
        ${table.rotationSalt}) = case when ${table.generation} = 0 then 0 else 4 end`,
    ),
  ],
);
