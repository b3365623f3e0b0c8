import { hashToken } from "../keys.js";
import type { AccessClaims } from "./token-manager.js";

/** Enough for all devices active within one access token's life; a verified signature does not change. */
const maxVerified = 10_000;

/**
 * Remembers what tokens say whose signature was verified, by their hashes and until they expire. `known` is where, in the
 * order in which they came.
 */
export function createVerifiedTokens(known = new Map<string, AccessClaims>(), max = maxVerified) {
  return {
    find: (token: string): AccessClaims | null => known.get(hashToken(token)) ?? null,
    add(token: string, claims: AccessClaims, now: Date): void {
      known.set(hashToken(token), claims);
      // Roughly in the order in which they expire, since all live equally long.
      for (const [oldest, { expiresAt }] of known) {
        if (expiresAt > now && known.size <= max) break;
        known.delete(oldest);
      }
    },
  };
}
