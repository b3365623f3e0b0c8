import { randomUUID } from "node:crypto";
import type { IdentityKey, IdentityRow, NewIdentity } from "@keywright/db";
import type { SocialAccount } from "../../contract/types.js";
import type { Deps } from "../../deps.js";
import type { Provider } from "../../providers/provider.js";
import { seal, unseal } from "../../sealing.js";
import { type KeptTokens, keptTokens, type VouchedIdentity } from "./grants.js";

/** An identity as it is stored with an account. */
export function newIdentity(
  deps: Deps,
  userId: string,
  proof: { provider: Provider; identity: VouchedIdentity; tokens: KeptTokens | null },
): NewIdentity {
  const { provider, identity } = proof;
  const { issuer, subject, email } = identity;
  const now = deps.now();
  return {
    id: randomUUID(),
    userId,
    provider: provider.id,
    issuer,
    subject,
    email,
    createdAt: now,
    lastUsedAt: now,
    sealedTokens: sealTokens(deps, proof),
  };
}

/** The provider's tokens, bound to the person that they are of; null if they are not kept. */
export function sealTokens(
  { keys }: Deps,
  { identity, tokens }: { identity: IdentityKey; tokens: KeptTokens | null },
): Uint8Array | null {
  return tokens && seal(keys.current.providerKey, JSON.stringify(tokens), contextOf(identity));
}

/** Null if no key that we have opens them. `isCurrent`: they were sealed with the current secret. */
export function openTokens(
  { keys }: Deps,
  { sealedTokens, ...key }: IdentityKey & { sealedTokens: Uint8Array },
): { tokens: KeptTokens; isCurrent: boolean } | null {
  for (const { providerKey } of keys.all) {
    const text = unseal(providerKey, sealedTokens, contextOf(key));
    if (text !== null)
      return { tokens: keptTokens.parse(JSON.parse(text)), isCurrent: providerKey === keys.current.providerKey };
  }
  return null;
}

function contextOf({ issuer, subject }: IdentityKey): string {
  return `${issuer} ${subject}`;
}

/** An identity as its owner sees it. */
export function toSocialAccount({ id, provider, email, createdAt, lastUsedAt }: IdentityRow): SocialAccount {
  return { id, provider, email, connectedAt: createdAt, lastUsedAt };
}
