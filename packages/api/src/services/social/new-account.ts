import { randomUUID } from "node:crypto";
import type { UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import type { RegistrationField } from "../../contract/types.js";
import type { Deps } from "../../deps.js";
import { refuseTakenUsername, type StoredUsername, toUsername } from "../usernames.js";
import type { Newcomer } from "./outcome.js";

/** The names of a new account, as far as the settings accept them. */
export interface NewNames {
  username: StoredUsername | null;
  firstName: string;
  lastName: string;
}

/**
 * Which of a newcomer's names the account gets. What a provider suggests as a username is left out if it is not allowed
 * or somebody else has it: the person can choose another one later, or must now if one is required. Throws
 * `USERNAME_TAKEN` if the person chose it here. `ownId`: an account that is about to become theirs.
 */
export async function chooseNames(deps: Deps, newcomer: Newcomer, ownId?: string): Promise<NewNames> {
  const { firstName, lastName } = newcomer.identity;
  return {
    username: await freeUsername(deps, newcomer, ownId),
    firstName: isAccepted(deps, "firstName") ? firstName : "",
    lastName: isAccepted(deps, "lastName") ? lastName : "",
  };
}

/** What the settings require and nobody has given. The password is not missing: the provider takes its place. */
export function missingFields(
  { settings }: Deps,
  { identity: { email } }: Newcomer,
  { username, firstName, lastName }: NewNames,
): RegistrationField[] {
  const given = { email, username, firstName, lastName };
  return settings.registration.required.filter((field) => field !== "password" && !given[field]);
}

/** The account of a newcomer: verified if the provider vouches for the address. */
export function newAccount(
  deps: Deps,
  { identity }: Newcomer,
  { username: name, ...names }: NewNames,
): UserRow & { usernameKey: string | null } {
  const now = deps.now();
  const isVerified = identity.isEmailVouched && identity.email !== null;
  const mustVerify = deps.settings.registration.verification === "mandatory" && !isVerified;
  return {
    id: randomUUID(),
    ...(name ?? { username: null, usernameKey: null }),
    email: identity.email,
    emailVerifiedAt: isVerified ? now : null,
    ...names,
    profile: {},
    isDisabled: false,
    archivedAt: null,
    credentialVersion: 0,
    createdAt: now,
    lastLoginAt: mustVerify ? null : now,
    hasPassword: false,
  };
}

async function freeUsername(deps: Deps, newcomer: Newcomer, ownId?: string): Promise<StoredUsername | null> {
  const name = allowedUsername(deps, newcomer);
  if (name === null) return null;
  if (deps.settings.registration.verification === "mandatory") await db.lockUsername(deps.db, name.usernameKey);
  const { username: isTaken } = await db.findTaken(deps.db, { emailKey: null, usernameKey: name.usernameKey }, ownId);
  if (isTaken && newcomer.isUsernameChosen) refuseTakenUsername();
  return isTaken ? null : name;
}

function allowedUsername(deps: Deps, { identity: { username } }: Newcomer): StoredUsername | null {
  if (username === null || !isAccepted(deps, "username")) return null;
  try {
    return toUsername(deps, username);
  } catch {
    return null;
  }
}

function isAccepted({ settings }: Deps, field: RegistrationField): boolean {
  return settings.registration.required.includes(field) || settings.registration.optional.includes(field);
}
