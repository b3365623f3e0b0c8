import { isNull } from "drizzle-orm";
import { boolean, index, integer, jsonb, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";

/** A moment with millisecond precision, written by the application: no `now()` in SQL, so that there is one clock. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: "date", precision: 3 });

export const users = pgTable(
  "users",
  {
    id: uuid("id").primaryKey(),
    username: text("username"),
    /** Folded form, for looking up and for uniqueness. */
    usernameKey: text("username_key").unique("users_username_key"),
    email: text("email"),
    emailKey: text("email_key").unique("users_email_key"),
    emailVerifiedAt: moment("email_verified_at"),
    firstName: text("first_name").notNull().default(""),
    lastName: text("last_name").notNull().default(""),
    /** The app's own fields; their names, types and rules are the app's. */
    profile: jsonb("profile").$type<Record<string, unknown>>().notNull().default({}),
    /** By an operator. */
    isDisabled: boolean("is_disabled").notNull().default(false),
    /** By whoever was signed in. Apart from the operator's flag, so that undoing the one never lifts the other. */
    deactivatedAt: moment("deactivated_at"),
    archivedAt: moment("archived_at"),
    /** Raised by every credential change: a login that checked the password before the change starts no session after it. */
    credentialVersion: integer("credential_version").notNull().default(0),
    createdAt: moment("created_at").notNull(),
    lastLoginAt: moment("last_login_at"),
  },
  (table) => [index("users_unverified").on(table.createdAt).where(isNull(table.emailVerifiedAt))],
);

/** The hash lives apart from the user, so that reading it is always a deliberate act. */
export const passwords = pgTable("passwords", {
  userId: uuid("user_id")
    .primaryKey()
    .references(() => users.id, { onDelete: "cascade" }),
  hash: text("hash").notNull(),
  updatedAt: moment("updated_at").notNull(),
});

/** What happened to an account, written in the transaction of the change itself. */
export const auditEvents = pgTable(
  "audit_events",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id"),
    kind: text("kind").notNull(),
    sessionId: uuid("session_id"),
    ip: text("ip"),
    userAgent: text("user_agent"),
    at: moment("at").notNull(),
  },
  (table) => [index("audit_events_user_at").on(table.userId, table.at), index("audit_events_at").on(table.at)],
);
