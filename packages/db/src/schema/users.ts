import { and, isNotNull, isNull, sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  boolean,
  check,
  index,
  integer,
  jsonb,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { key, keywright, moment } from "./columns.js";

export const users = keywright.table(
  "users",
  {
    id: uuid("id").primaryKey(),
    username: text("username"),
    /** Folded form, for lookups and uniqueness. */
    usernameKey: key("username_key"),
    email: text("email"),
    emailKey: key("email_key"),
    emailVerifiedAt: moment("email_verified_at"),
    /**
     * While the address is unverified: since when it is known that somebody other than whoever registered the account
     * wants to use it. From then on, every link that proves the address leads to choosing a new password.
     */
    contestedAt: moment("contested_at"),
    firstName: text("first_name").notNull().default(""),
    lastName: text("last_name").notNull().default(""),
    /** The app's own fields; the app defines their names, types and rules. */
    profile: jsonb("profile").$type<Record<string, unknown>>().notNull().default({}),
    /** Set by an operator. */
    isDisabled: boolean("is_disabled").notNull().default(false),
    /** Set by the signed-in owner. Separate from the operator's flag, so that undoing one never lifts the other. */
    deactivatedAt: moment("deactivated_at"),
    archivedAt: moment("archived_at"),
    /**
     * Raised by every credential change: a login that checked the password before the change starts no session after
     * it.
     */
    credentialVersion: integer("credential_version").notNull().default(0),
    createdAt: moment("created_at").notNull(),
    lastLoginAt: moment("last_login_at"),
  },
  (table) => [
    uniqueIndex("users_username_key").on(table.usernameKey).where(isNotNull(table.usernameKey)),
    uniqueIndex("users_email_key").on(table.emailKey).where(isNotNull(table.emailKey)),
    index("users_unproved")
      .on(table.createdAt)
      .where(sql`${and(isNull(table.emailVerifiedAt), isNotNull(table.email))}`),
    check("users_username_and_key", sql`(${table.username} is null) = (${table.usernameKey} is null)`),
    check("users_email_and_key", sql`(${table.email} is null) = (${table.emailKey} is null)`),
  ],
);

/**
 * Usernames that somebody chose while registering an address that was taken, where nobody may be told that it was. Nobody
 * else can use them, as if the account had been created.
 */
export const usernameHolds = keywright.table(
  "username_holds",
  {
    usernameKey: key("username_key").primaryKey(),
    /** The account that has the address; it may use the name. */
    userId: uuid("user_id").notNull(),
    createdAt: moment("created_at").notNull(),
  },
  (table) => [index("username_holds_created_at").on(table.createdAt)],
);

/** The hash is kept apart from the user, so that reading it is always deliberate. */
export const passwords = keywright.table(
  "passwords",
  {
    userId: uuid("user_id")
      .primaryKey()
      .references(() => users.id, { onDelete: "cascade" }),
    hash: text("hash").notNull(),
    updatedAt: moment("updated_at").notNull(),
  },
  (table) => [index("passwords_kind").on(passwordKind(table.hash)).concurrently()],
);

/**
 * How a hash was made, without what is its own: `$kw1$2b$12`, or with a pepper `$kw1p$<pepper id>$2b$12`; null for a hash
 * of an app's own. Indexed, so that the few kinds among millions of hashes are found at once.
 */
export function passwordKind(hash: AnyPgColumn) {
  return sql<string>`(case when ${hash} like '$kw1p$%' then substr(${hash}, 1, 14) || substr(${hash}, 38, 6)
    when ${hash} like '$kw1$%' then '$kw1' || substr(${hash}, 28, 6) end) collate "C"`;
}

/**
 * What happened to an account, written in the transaction of the change itself. The key begins with the moment, so that
 * old rows are found in order and the table can be partitioned by month without a new key.
 */
export const auditEvents = keywright.table(
  "audit_events",
  {
    id: uuid("id").notNull(),
    userId: uuid("user_id"),
    kind: text("kind").notNull(),
    sessionId: uuid("session_id"),
    ip: text("ip"),
    userAgent: text("user_agent"),
    at: moment("at").notNull(),
    /** What an operator did it to, if not to the account: the id of a mail. */
    subjectId: uuid("subject_id"),
    /** Who did it, if not the account's owner: the name that the operator gave. */
    operator: text("operator"),
  },
  (table) => [
    primaryKey({ name: "audit_events_pkey", columns: [table.at, table.id] }),
    index("audit_events_user").on(table.userId, table.at, table.id).where(isNotNull(table.userId)),
  ],
);
