import { and, eq, gt, isNull, or } from "drizzle-orm";
import type { Database } from "../database.js";
import { socialFlows, socialGrants } from "../schema/index.js";
import { type Batch, isUntil, type Purged, purge } from "./purge.js";

export interface SocialFlowRow {
  hash: string;
  provider: string;
  browserHash: string | null;
  userId: string | null;
  sealed: Uint8Array;
  usedAt: Date | null;
  expiresAt: Date;
}

export async function createSocialFlow(db: Database, row: SocialFlowRow): Promise<void> {
  await db.insert(socialFlows).values(row);
}

/** Who may go on with a flow: its own provider, and the browser in which it began, if it began in one. */
export interface FlowKey {
  hash: string;
  provider: string;
  browserHash: string | null;
}

/** Of callbacks at once one gets the flow; the row stays, so that the others can be told from strangers. */
export async function consumeSocialFlow(
  db: Database,
  { hash, provider, browserHash }: FlowKey,
  now: Date,
): Promise<SocialFlowRow | null> {
  const isFree = and(isNull(socialFlows.usedAt), gt(socialFlows.expiresAt, now));
  const isSameBrowser = or(
    isNull(socialFlows.browserHash),
    browserHash === null ? undefined : eq(socialFlows.browserHash, browserHash),
  );
  const [row] = await db
    .update(socialFlows)
    .set({ usedAt: now })
    .where(and(eq(socialFlows.hash, hash), eq(socialFlows.provider, provider), isFree, isSameBrowser))
    .returning();
  return row ?? null;
}

export async function findSocialFlow(db: Database, hash: string): Promise<SocialFlowRow | null> {
  const [row] = await db.select().from(socialFlows).where(eq(socialFlows.hash, hash)).limit(1);
  return row ?? null;
}

export interface SocialGrantRow {
  hash: string;
  kind: "handoff" | "ticket" | "id_token";
  /** Null for an ID token. */
  sealed: Uint8Array | null;
  expiresAt: Date;
}

/** False if it is there already: an ID token that was used before. */
export async function createSocialGrant(db: Database, row: SocialGrantRow): Promise<boolean> {
  const rows = await db.insert(socialGrants).values(row).onConflictDoNothing().returning({ hash: socialGrants.hash });
  return rows.length === 1;
}

/** Expired ones are returned, too. */
export async function findSocialGrant(
  db: Database,
  kind: SocialGrantRow["kind"],
  hash: string,
): Promise<{ sealed: Uint8Array | null; expiresAt: Date } | null> {
  const isIt = and(eq(socialGrants.hash, hash), eq(socialGrants.kind, kind));
  const [row] = await db.select().from(socialGrants).where(isIt).limit(1);
  return row ?? null;
}

/** One statement, so that of two racing requests one wins. Expired ones are returned, too. */
export async function consumeSocialGrant(
  db: Database,
  kind: SocialGrantRow["kind"],
  hash: string,
): Promise<{ sealed: Uint8Array | null; expiresAt: Date } | null> {
  const isIt = and(eq(socialGrants.hash, hash), eq(socialGrants.kind, kind));
  const [row] = await db.delete(socialGrants).where(isIt).returning();
  return row ?? null;
}

/** Flows that expired before `before`. */
export async function purgeSocialFlows(db: Database, { before, ...batch }: Batch & { before: Date }): Promise<Purged> {
  return await purge(db, socialFlows.expiresAt, { isOver: isUntil(socialFlows.expiresAt, before), ...batch });
}

/** Hand-off codes, tickets and used ID tokens that expired before `before`. */
export async function purgeSocialGrants(db: Database, { before, ...batch }: Batch & { before: Date }): Promise<Purged> {
  return await purge(db, socialGrants.expiresAt, { isOver: isUntil(socialGrants.expiresAt, before), ...batch });
}
