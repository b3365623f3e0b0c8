import { and, desc, eq, isNotNull, isNull, lte, or } from "drizzle-orm";
import type { Database } from "../database.js";
import { identities } from "../schema/index.js";

/** The tokens that a provider gave for an account. */
export interface StoredTokens {
  id: string;
  issuer: string;
  subject: string;
  sealedTokens: Uint8Array;
}

/** Those of the identity that was used last, if the account has several of one provider. */
export async function findProviderTokens(
  db: Database,
  { userId, provider }: { userId: string; provider: string },
): Promise<StoredTokens | null> {
  const [row] = await db
    .select(columns)
    .from(identities)
    .where(and(eq(identities.userId, userId), eq(identities.provider, provider), isNotNull(identities.sealedTokens)))
    .orderBy(desc(identities.lastUsedAt))
    .limit(1);
  return toTokens(row);
}

/** All that is kept for an account, with the provider of each. */
export async function listProviderTokens(
  db: Database,
  userId: string,
): Promise<(StoredTokens & { provider: string })[]> {
  const rows = await db
    .select({ ...columns, provider: identities.provider })
    .from(identities)
    .where(and(eq(identities.userId, userId), isNotNull(identities.sealedTokens)));
  return rows.flatMap(({ provider, ...row }) => {
    const tokens = toTokens(row);
    return tokens ? [{ ...tokens, provider }] : [];
  });
}

/**
 * Leases the tokens to one process until `until`, and returns them as they are now; null while another one has them, or
 * if they are gone.
 */
export async function leaseProviderTokens(
  db: Database,
  id: string,
  { now, until }: { now: Date; until: Date },
): Promise<StoredTokens | null> {
  const isFree = or(isNull(identities.tokensLeasedUntil), lte(identities.tokensLeasedUntil, now));
  const [row] = await db
    .update(identities)
    .set({ tokensLeasedUntil: until })
    .where(and(eq(identities.id, id), isNotNull(identities.sealedTokens), isFree))
    .returning(columns);
  return toTokens(row);
}

/** Stores new tokens, or with null removes them, and ends the lease. */
export async function saveProviderTokens(db: Database, id: string, sealedTokens: Uint8Array | null): Promise<void> {
  await db.update(identities).set({ sealedTokens, tokensLeasedUntil: null }).where(eq(identities.id, id));
}

const columns = {
  id: identities.id,
  issuer: identities.issuer,
  subject: identities.subject,
  sealedTokens: identities.sealedTokens,
};

type Row = Omit<StoredTokens, "sealedTokens"> & { sealedTokens: Uint8Array | null };

function toTokens(row: Row | undefined): StoredTokens | null {
  return row?.sealedTokens ? { ...row, sealedTokens: row.sealedTokens } : null;
}
