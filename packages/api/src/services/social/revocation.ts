import type { StoredTokens } from "@keywright/db";
import * as db from "@keywright/db";
import { isKeywrightError } from "../../contract/reasons.js";
import type { Deps } from "../../deps.js";
import { seal, unseal } from "../../sealing.js";
import type { Visitor } from "../../who.js";
import { type QueuedMail, revocationKind } from "../queue-mail.js";
import { asking } from "./asking.js";
import { openTokens } from "./identity-row.js";

/** An identity that is no longer connected. */
interface Disconnected extends Omit<StoredTokens, "id" | "sealedTokens"> {
  provider: string;
  sealedTokens: Uint8Array | null;
}

/** For the outbox: tells the provider that an account is no longer connected; nothing if it does not want to know. */
export function revocationOf(deps: Deps, { provider: id, sealedTokens, ...key }: Disconnected): QueuedMail[] {
  if (sealedTokens === null) return [];
  const stored = { ...key, sealedTokens };
  const provider = deps.providers.list.find((candidate) => candidate.id === id);
  const refreshToken = provider?.revokeToken && openTokens(deps, stored)?.tokens.refreshToken;
  if (!refreshToken) return [];
  return [{ kind: revocationKind, address: id, payload: seal(deps.keys.current.providerKey, refreshToken, id) }];
}

/** The same for all of an account's identities. */
export async function revocationsFor(deps: Deps, userId: string): Promise<QueuedMail[]> {
  if (!deps.providers.list.some(({ revokeToken }) => revokeToken)) return [];
  return (await db.listProviderTokens(deps.db, userId)).flatMap((stored) => revocationOf(deps, stored));
}

/**
 * Revokes a queued token at its provider. False if there is nothing to revoke any more: the provider is not configured,
 * does not know the token, or no key opens it. Throws `PROVIDER_UNAVAILABLE`.
 */
export async function revokeQueued(
  deps: Deps,
  who: Pick<Visitor, "requestId">,
  { provider: id, payload }: { provider: string; payload: Uint8Array },
): Promise<boolean> {
  const provider = deps.providers.list.find((candidate) => candidate.id === id);
  const refreshToken = deps.keys.all
    .map(({ providerKey }) => unseal(providerKey, payload, id))
    .find((text) => text !== null);
  if (!provider?.revokeToken || refreshToken === undefined || refreshToken === null) return false;
  try {
    await asking(deps, who, {
      provider,
      refusal: "PROVIDER_TOKEN_INVALID",
      work: async (call) => await provider.revokeToken?.(call, refreshToken),
    });
    return true;
  } catch (error) {
    if (isKeywrightError(error) && error.reason === "PROVIDER_TOKEN_INVALID") return false;
    throw error;
  }
}
