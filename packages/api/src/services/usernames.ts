import type { UserKeys } from "@keywright/db";
import * as db from "@keywright/db";
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

/**
 * Of two callers who want one username at the same time, the second waits for the first. Runs in a transaction, before
 * anything else in it. Throws `USERNAME_TAKEN`.
 */
export async function lockFreeUsername(deps: Deps, usernameKey: string): Promise<void> {
  await db.lockUsername(deps.db, usernameKey);
  const taken = await db.findTaken(deps.db, { emailKey: null, usernameKey });
  if (taken.username) refuseTakenUsername();
}

/**
 * Where nobody may be told that an address is taken: a username that was chosen with one is taken from then on, as it is
 * by the account that a free address gets. Only the account that has the address can use it.
 */
export async function holdUsername(deps: Deps, { emailKey, usernameKey }: UserKeys): Promise<void> {
  if (emailKey === null || usernameKey === null) return;
  await db.holdUsername(deps.db, { emailKey, usernameKey, now: deps.now() });
}

/** Usernames are public, so it may be revealed that one is taken. */
export function refuseTakenUsername(): never {
  throw new KeywrightError("USERNAME_TAKEN", { fields: fieldError("username", "USERNAME_TAKEN") });
}

function refuse(fault: FieldReason): never {
  throw new KeywrightError("VALIDATION", { fields: fieldError("username", fault) });
}
