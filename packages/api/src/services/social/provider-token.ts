import * as db from "@keywright/db";
import { isKeywrightError, KeywrightError } from "../../contract/reasons.js";
import type { Deps } from "../../deps.js";
import type { Visitor } from "../../who.js";
import { asking } from "./asking.js";
import type { KeptTokens } from "./grants.js";
import { openTokens, sealTokens } from "./identity-row.js";

/** Longer than an exchange with a provider takes. */
const leaseMs = 10_000;
const waitMs = 100;
/** A token that is about to expire would be refused where it is used. */
const reserveMs = 60_000;

/**
 * An access token with which the app can call the provider for this account; refreshed first if it has expired, by one
 * process at a time. Null if there is none: the settings do not keep tokens, the account is not connected, or the
 * provider has withdrawn it. Throws `SOCIAL_NOT_CONFIGURED`, `PROVIDER_UNAVAILABLE`.
 */
export async function findProviderToken(
  deps: Deps,
  who: Pick<Visitor, "requestId">,
  { userId, provider }: { userId: string; provider: string },
): Promise<string | null> {
  if (!deps.settings.social.keepTokens) return null;
  const deadline = deps.now().getTime() + leaseMs;
  while (deps.now().getTime() < deadline) {
    const row = await db.findProviderTokens(deps.db, { userId, provider });
    const opened = row && openTokens(deps, row);
    if (!row || !opened) return null;
    const isFresh = isUsable(deps, opened.tokens);
    if (isFresh && opened.isCurrent) return opened.tokens.accessToken;
    const now = deps.now();
    const leased = await db.leaseProviderTokens(deps.db, row.id, { now, until: new Date(now.getTime() + leaseMs) });
    if (leased) return await renewed(deps, who, { provider, leased });
    // With the previous secret's key, they are as good.
    if (isFresh) return opened.tokens.accessToken;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  throw new KeywrightError("PROVIDER_UNAVAILABLE");
}

/** Read again under the lease: another process may have refreshed them a moment ago. */
async function renewed(
  deps: Deps,
  who: Pick<Visitor, "requestId">,
  { provider, leased }: { provider: string; leased: db.StoredTokens },
): Promise<string | null> {
  const opened = openTokens(deps, leased);
  const save = async (tokens: KeptTokens | null) => {
    await db.saveProviderTokens(deps.db, leased.id, sealTokens(deps, { identity: leased, tokens }));
    return tokens?.accessToken ?? null;
  };
  if (!opened) return await save(null);
  if (isUsable(deps, opened.tokens)) return await save(opened.tokens);
  try {
    return await save(await refreshed(deps, who, { provider, tokens: opened.tokens }));
  } catch (error) {
    const isWithdrawn = isKeywrightError(error) && error.reason === "PROVIDER_TOKEN_INVALID";
    if (isWithdrawn) return await save(null);
    await save(opened.tokens);
    throw error;
  }
}

async function refreshed(
  deps: Deps,
  who: Pick<Visitor, "requestId">,
  { provider: id, tokens }: { provider: string; tokens: KeptTokens },
): Promise<KeptTokens | null> {
  const provider = deps.providers.get(id);
  const { refreshToken } = tokens;
  if (refreshToken === null || !provider.refreshTokens) return null;
  const next = await asking(deps, who, {
    provider,
    refusal: "PROVIDER_TOKEN_INVALID",
    work: async (call) => await provider.refreshTokens?.(call, refreshToken),
  });
  // Some providers give a new refresh token with each, and others keep the first.
  return next ? { ...next, refreshToken: next.refreshToken ?? refreshToken } : null;
}

function isUsable({ now }: Deps, { expiresAt }: KeptTokens): boolean {
  return expiresAt === null || expiresAt.getTime() - reserveMs > now().getTime();
}
