import { KeywrightError } from "../contract/reasons.js";
import type { Deps } from "../deps.js";
import type { Actor } from "../who.js";

/** Throws `REAUTHENTICATION_REQUIRED` if the caller's password was given too long ago. */
export function assertFresh({ settings, now }: Deps, { session }: Actor): void {
  const ageMs = now().getTime() - session.authenticatedAt.getTime();
  if (ageMs > settings.session.freshMinutes * 60_000) throw new KeywrightError("REAUTHENTICATION_REQUIRED");
}
