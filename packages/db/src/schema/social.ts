import { sql } from "drizzle-orm";
import { check, index, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { bytes, key, keywright, moment, sha256 } from "./columns.js";
import { users } from "./users.js";

/** Who an account is at other providers: each row is one way to sign in to it. */
export const identities = keywright.table(
  "identities",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** The id under which the app has configured the provider. For display: it does not identify anybody. */
    provider: text("provider").notNull(),
    /** Together with the subject, the person (OpenID Connect Core, 5.7); neither is an address or a name. */
    issuer: key("issuer").notNull(),
    subject: key("subject").notNull(),
    /** As the provider gave it when the identity was connected. For display only. */
    email: text("email"),
    createdAt: moment("created_at").notNull(),
    lastUsedAt: moment("last_used_at").notNull(),
    /** The provider's tokens, encrypted and bound to issuer and subject; null unless the settings keep them. */
    sealedTokens: bytes("sealed_tokens"),
    /** Until then, one process is refreshing them. */
    tokensLeasedUntil: moment("tokens_leased_until"),
  },
  (table) => [
    uniqueIndex("identities_issuer_subject").on(table.issuer, table.subject),
    index("identities_user").on(table.userId),
  ],
);

/** A redirect to a provider that is under way. Kept for ten minutes, and used once. */
export const socialFlows = keywright.table(
  "social_flows",
  {
    /** Of the `state` parameter. */
    hash: sha256("hash").primaryKey(),
    provider: text("provider").notNull(),
    /** Hash of the cookie of the browser in which it began; null for an app, whose hand-off code is bound instead. */
    browserHash: sha256("browser_hash"),
    /** Who began it, to connect or to authenticate again; null to sign in. */
    userId: uuid("user_id").references(() => users.id, { onDelete: "cascade" }),
    /** Everything else about it, encrypted with the `state`, which is not stored. */
    sealed: bytes("sealed").notNull(),
    usedAt: moment("used_at"),
    expiresAt: moment("expires_at").notNull(),
  },
  (table) => [
    index("social_flows_expires_at").on(table.expiresAt),
    index("social_flows_user").on(table.userId).where(sql`${table.userId} is not null`),
  ],
);

/** What a provider has vouched for and is yet to be used: hand-off codes, tickets; and ID tokens that have been used. */
export const socialGrants = keywright.table(
  "social_grants",
  {
    /** Of the code, the ticket or the ID token. */
    hash: sha256("hash").primaryKey(),
    kind: text("kind").notNull(),
    /** What it stands for, encrypted with the code itself; null for a used ID token, which stands for nothing. */
    sealed: bytes("sealed"),
    expiresAt: moment("expires_at").notNull(),
  },
  (table) => [
    index("social_grants_expires_at").on(table.expiresAt),
    check("social_grants_sealed", sql`(${table.kind} = 'id_token') = (${table.sealed} is null)`),
  ],
);
