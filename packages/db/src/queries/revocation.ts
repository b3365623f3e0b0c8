import { and, eq, inArray, isNotNull, ne, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { epochs, identities, outbox, secrets, sessions, socialFlows, socialGrants, users } from "../schema/index.js";

/** How many of each were ended. */
export interface Revoked {
  users: number;
  sessions: number;
  /** One-time secrets: mailed links and codes. */
  secrets: number;
  /** Waiting mails that would have had a link or a code. */
  mails: number;
  /** Kept tokens of sign-in providers. */
  providerTokens: number;
}

/** Selects the epoch of mailed secrets; null until the first one was set. */
export const mailEpoch = sql<
  string | null
>`(select ${epochs.value}::text from ${epochs} where ${epochs.name} = 'mail')`;

/**
 * More than credentials can have changed between a backup and its return: a browser's mark or a token of that time must
 * not fit the account again.
 */
const versionStep = 1000;

/**
 * Ends what anybody could use: sessions with their refresh tokens, mailed secrets, mails that are yet to carry one, and
 * round trips to providers; and raises every credential version. With `forgetsProviderTokens`, erases the kept tokens of
 * providers, too. Must run in a transaction, and locks all accounts until its end.
 */
export async function revokeEverything(
  db: Database,
  {
    now,
    mailKinds,
    forgetsProviderTokens,
  }: { now: Date; mailKinds: readonly string[]; forgetsProviderTokens: boolean },
): Promise<Revoked> {
  const at = (column: typeof outbox.settledAt | typeof epochs.changedAt) => sql.param(now, column);
  const version = sql`${users.credentialVersion} + ${versionStep}`;
  const raised = await countOf(db, sql`update ${users} set credential_version = ${version} returning 1`);
  const voided = await countOf(db, sql`delete from ${secrets} returning 1`);
  await db.delete(socialFlows);
  // A used ID token must not be used again.
  await db.delete(socialGrants).where(ne(socialGrants.kind, "id_token"));
  const forgotten = forgetsProviderTokens ? await forgetProviderTokens(db) : 0;
  const ended = await countOf(db, sql`delete from ${sessions} returning 1`);
  const carriesSecret = or(inArray(outbox.kind, [...mailKinds]), isNotNull(outbox.secretHash));
  const dropped = await countOf(
    db,
    sql`update ${outbox} set status = 'dropped', settled_at = ${at(outbox.settledAt)}, locked_until = null, locked_by = null,
      address = null, ip = null, user_agent = null where ${and(eq(outbox.status, "pending"), carriesSecret)} returning 1`,
  );
  const value = sql`gen_random_uuid()`;
  await db
    .insert(epochs)
    .values({ name: "mail", value, changedAt: now })
    .onConflictDoUpdate({ target: epochs.name, set: { value, changedAt: now } });
  return { users: raised, secrets: voided, sessions: ended, mails: dropped, providerTokens: forgotten };
}

async function forgetProviderTokens(db: Database): Promise<number> {
  const isKept = isNotNull(identities.sealedTokens);
  return await countOf(
    db,
    sql`update ${identities} set sealed_tokens = null, tokens_leased_until = null where ${isKept} returning 1`,
  );
}

/** How many rows a statement returns, without their coming here. */
async function countOf(db: Database, statement: SQL): Promise<number> {
  const rows = db.$with("rows", { one: sql<number>`one` }).as(statement);
  const [row] = await db.with(rows).select({ count: sql<number>`count(*)::int` }).from(rows);
  return row?.count ?? 0;
}
