import { randomUUID } from "node:crypto";
import type { IdentityRow } from "@keywright/db";
import type { SocialAccount } from "../../contract/types.js";
import type { Deps } from "../../deps.js";
import type { Provider } from "../../providers/provider.js";
import type { VouchedIdentity } from "./grants.js";

/** An identity as it is stored with an account. */
export function newIdentity(
  deps: Deps,
  userId: string,
  { provider, identity }: { provider: Provider; identity: VouchedIdentity },
): IdentityRow {
  const { issuer, subject, email } = identity;
  const now = deps.now();
  return { id: randomUUID(), userId, provider: provider.id, issuer, subject, email, createdAt: now, lastUsedAt: now };
}

/** An identity as its owner sees it. */
export function toSocialAccount({ id, provider, email, createdAt, lastUsedAt }: IdentityRow): SocialAccount {
  return { id, provider, email, connectedAt: createdAt, lastUsedAt };
}
