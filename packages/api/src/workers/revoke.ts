import type { ClaimedEntry } from "@keywright/db";
import * as db from "@keywright/db";
import type { Deps } from "../deps.js";
import { revokeQueued } from "../services/social/revocation.js";
import { noteFailure } from "./retry.js";

/** A row of the outbox that is not a mail: a token to revoke at its provider. Retried like a mail, for seven days. */
export async function deliverRevocation(deps: Deps, entry: ClaimedEntry): Promise<void> {
  const { id, payload, address: provider } = entry;
  try {
    const isRevoked = payload && provider && (await revokeQueued(deps, { requestId: id }, { provider, payload }));
    await db.settleMail(deps.db, id, { status: isRevoked ? "sent" : "dropped", at: deps.now(), error: null });
  } catch (error) {
    await noteFailure(deps, entry, error);
  }
}
