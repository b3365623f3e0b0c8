import type { SecretRow } from "@keywright/db";
import * as db from "@keywright/db";
import type { Deps } from "../../deps.js";
import { hashToken } from "../../keys.js";
import { keptAfterExpiryMs } from "../secrets.js";

/** Not among the purposes of the contract: no procedure takes such a secret. */
const purpose = "used_verify_email";
const rememberedMs = 3_600_000;

/**
 * Remembers the hash of a verification link that was just used, so that a second click, or a retry after a lost answer,
 * is not told that the link is invalid. Any credential change forgets it.
 */
export async function rememberUsedLink(deps: Deps, { hash, userId, email }: SecretRow): Promise<void> {
  const createdAt = deps.now();
  // Dated back, so that housekeeping removes it after that hour.
  const expiresAt = new Date(createdAt.getTime() + rememberedMs - keptAfterExpiryMs);
  await db.createSecret(deps.db, { hash, purpose, userId, email, payload: null, createdAt, expiresAt });
}

export async function wasUsedLately(deps: Deps, token: string): Promise<boolean> {
  const used = await db.findSecret(deps.db, hashToken(token));
  return used?.purpose === purpose && deps.now().getTime() - used.createdAt.getTime() < rememberedMs;
}
