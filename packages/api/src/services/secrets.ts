import type { SecretRow } from "@keywright/db";
import * as db from "@keywright/db";
import { secretPurposes } from "../contract/lists.js";
import { KeywrightError } from "../contract/reasons.js";
import type { CheckedSecret, SecretPurpose } from "../contract/types.js";
import type { Deps } from "../deps.js";
import { hashToken } from "../keys.js";
import type { Visitor } from "../who.js";

/** Until housekeeping removes an expired secret, a late visitor is told so, and a delayed mail renews its own. */
export const keptAfterExpiryMs = 7 * 86_400_000;

/** Consumes a mailed secret; of two callers, one gets it. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`. */
export async function consumeSecret(deps: Deps, purpose: SecretPurpose, token: string): Promise<SecretRow> {
  const secret = await db.consumeSecret(deps.db, purpose, hashToken(token));
  if (!secret) throw new KeywrightError("TOKEN_INVALID");
  if (secret.expiresAt <= deps.now()) throw new KeywrightError("TOKEN_EXPIRED");
  return secret;
}

/**
 * Checks whether `consumeSecret` would succeed, without consuming the secret. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`.
 */
export async function getLiveSecret(deps: Deps, purpose: SecretPurpose, token: string): Promise<SecretRow> {
  const secret = await db.findSecret(deps.db, hashToken(token));
  if (secret?.purpose !== purpose) throw new KeywrightError("TOKEN_INVALID");
  if (secret.expiresAt <= deps.now()) throw new KeywrightError("TOKEN_EXPIRED");
  return secret;
}

/** Returns what a mailed link is for, without consuming it. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`. */
export async function checkToken(deps: Deps, _who: Visitor, { token }: { token: string }): Promise<CheckedSecret> {
  const secret = await db.findSecret(deps.db, hashToken(token));
  const purpose = secretPurposes.find((known) => known === secret?.purpose);
  if (!secret || !purpose) throw new KeywrightError("TOKEN_INVALID");
  if (secret.expiresAt <= deps.now()) throw new KeywrightError("TOKEN_EXPIRED");
  return { purpose, email: maskEmail(secret.email) };
}

function maskEmail(email: string): string {
  const at = email.lastIndexOf("@");
  return `${email.slice(0, 1)}•••${email.slice(at)}`;
}
