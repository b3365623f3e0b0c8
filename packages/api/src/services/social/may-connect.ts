import { KeywrightError } from "../../contract/reasons.js";
import type { Deps } from "../../deps.js";
import type { Actor } from "../../who.js";
import { isTheirs } from "../credentials.js";

/**
 * Throws `EMAIL_NOT_VERIFIED` for an address that is not known to be the caller's: its owner, who may verify or recover
 * the account one day, must not find another way in beside their own.
 */
export function assertMayConnect(deps: Deps, { user: { email, emailVerifiedAt } }: Actor): void {
  if (email !== null && !isTheirs(deps, emailVerifiedAt !== null)) throw new KeywrightError("EMAIL_NOT_VERIFIED");
}
