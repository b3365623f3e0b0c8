import { type FieldReason, fieldError, KeywrightError } from "../contract/reasons.js";
import type { Deps } from "../deps.js";
import { foldName } from "../inputs/fields.js";

/** A username as it is stored: as typed, and in the unique form used for lookups. */
export interface StoredUsername {
  username: string;
  usernameKey: string;
}

/** Checks a username against the settings. Throws `VALIDATION`, or `USERNAME_TAKEN` for a reserved one. */
export function toUsername({ settings }: Deps, typed: string): StoredUsername {
  const { usernameMinLength, usernameMaxLength, usernamePattern, reservedUsernames, lowercaseUsernames } =
    settings.user;
  const usernameKey = foldName(typed);
  if (typed.length < usernameMinLength) refuse("TOO_SHORT");
  if (typed.length > usernameMaxLength) refuse("TOO_LONG");
  if (usernamePattern && typed.search(usernamePattern) === -1) refuse("INVALID");
  if (reservedUsernames.some((reserved) => foldName(reserved) === usernameKey)) refuseTakenUsername();
  return { username: lowercaseUsernames ? usernameKey : typed, usernameKey };
}

/** Usernames are public, so it may be revealed that one is taken. */
export function refuseTakenUsername(): never {
  throw new KeywrightError("USERNAME_TAKEN", { fields: fieldError("username", "USERNAME_TAKEN") });
}

function refuse(fault: FieldReason): never {
  throw new KeywrightError("VALIDATION", { fields: fieldError("username", fault) });
}
