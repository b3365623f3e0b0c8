import type { ClaimedEntry } from "@keywright/db";
import type { Deps } from "../deps.js";
import { revokeQueued } from "../services/social/revocation.js";

/**
 * A row of the outbox that is not a mail: a token to revoke at its provider. False if there is nothing to revoke. Retried
 * like a mail, for seven days.
 */
export async function deliverRevocation(
  deps: Deps,
  { id, payload, address: provider }: ClaimedEntry,
): Promise<boolean> {
  if (!payload || !provider) return false;
  return await revokeQueued(deps, { requestId: id }, { provider, payload });
}
