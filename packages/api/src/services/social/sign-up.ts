import { randomUUID } from "node:crypto";
import type { UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import { fieldError, KeywrightError } from "../../contract/reasons.js";
import type { RegistrationField } from "../../contract/types.js";
import type { Deps } from "../../deps.js";
import { foldName } from "../../inputs/fields.js";
import type { Visitor } from "../../who.js";
import { recordEvents } from "../audit.js";
import type { QueuedMail } from "../queue-mail.js";
import { startSession } from "../start-session.js";
import { refuseTakenUsername, type StoredUsername, toUsername } from "../usernames.js";
import { newIdentity } from "./identity-row.js";
import type { Newcomer, UnfinishedOutcome } from "./outcome.js";

/**
 * Creates the account of a first sign-in. An address that the provider does not vouch for is treated like one that was
 * typed into a form: it has to be verified, and where that is mandatory nothing reveals whether it is taken. Throws
 * `REGISTRATION_CLOSED`, `EMAIL_TAKEN`, `USERNAME_TAKEN`.
 */
export async function signUp(deps: Deps, who: Visitor, newcomer: Newcomer): Promise<UnfinishedOutcome> {
  const { registration } = deps.settings;
  if (!registration.open) throw new KeywrightError("REGISTRATION_CLOSED");
  const names = usableNames(deps, newcomer);
  const missing = missingFields(deps, newcomer, names);
  if (missing.length > 0) return { status: "registration_incomplete", missing };
  const user = newUser(deps, newcomer, names);
  const isNew = await create(deps, newcomer, { user, names });
  if (isNew === "username taken") return await signUpWithoutUsername(deps, who, newcomer);
  await newcomer.use?.(deps);
  const mustVerify = registration.verification === "mandatory" && user.emailVerifiedAt === null;
  if (!isNew && !mustVerify) throw new KeywrightError("EMAIL_TAKEN", { fields: fieldError("email", "EMAIL_TAKEN") });
  const mails = firstMail(deps, user, isNew);
  if (mustVerify) {
    const kind = isNew ? "user.registered" : "registration.repeated";
    await recordEvents(deps, who, { events: [{ kind, userId: isNew ? user.id : null }], mails });
    return { status: "verification_sent" };
  }
  const { remember, deviceName } = newcomer;
  const start = { user, remember, deviceName, unarchived: false, because: ["user.registered" as const], mails };
  return { status: "started", started: await startSession(deps, who, start), created: true };
}

/** Somebody else has the name: the person can choose another one later, or must now if one is required. */
async function signUpWithoutUsername(deps: Deps, who: Visitor, newcomer: Newcomer): Promise<UnfinishedOutcome> {
  if (newcomer.isUsernameChosen) refuseTakenUsername();
  return await signUp(deps, who, { ...newcomer, identity: { ...newcomer.identity, username: null } });
}

async function create(
  deps: Deps,
  newcomer: Newcomer,
  { user, names }: { user: UserRow; names: StoredUsername | null },
): Promise<boolean | "username taken"> {
  const keys = {
    emailKey: user.email === null ? null : foldName(user.email),
    usernameKey: names?.usernameKey ?? null,
  };
  const row = { ...user, ...keys };
  if (await db.createUserWithIdentity(deps.db, row, newIdentity(deps, user.id, newcomer))) return true;
  if (keys.usernameKey === null) return false;
  const { username } = await db.findTaken(deps.db, { emailKey: null, usernameKey: keys.usernameKey });
  return username ? "username taken" : false;
}

/** A suggestion only: a name that is not allowed here is left out. */
function usableNames(deps: Deps, { identity: { username } }: Newcomer): StoredUsername | null {
  if (username === null || !isAccepted(deps, "username")) return null;
  try {
    return toUsername(deps, username);
  } catch {
    return null;
  }
}

/** The password is not missing: the provider takes its place. */
function missingFields({ settings }: Deps, { identity }: Newcomer, names: StoredUsername | null): RegistrationField[] {
  const given = { ...identity, username: names?.username };
  return settings.registration.required.filter((field) => field !== "password" && !given[field]);
}

function isAccepted({ settings }: Deps, field: RegistrationField): boolean {
  return settings.registration.required.includes(field) || settings.registration.optional.includes(field);
}

function newUser(deps: Deps, { identity }: Newcomer, names: StoredUsername | null): UserRow {
  const now = deps.now();
  const isVerified = identity.isEmailVouched && identity.email !== null;
  const mustVerify = deps.settings.registration.verification === "mandatory" && !isVerified;
  return {
    id: randomUUID(),
    username: names?.username ?? null,
    email: identity.email,
    emailVerifiedAt: isVerified ? now : null,
    firstName: isAccepted(deps, "firstName") ? identity.firstName : "",
    lastName: isAccepted(deps, "lastName") ? identity.lastName : "",
    profile: {},
    isDisabled: false,
    archivedAt: null,
    credentialVersion: 0,
    createdAt: now,
    lastLoginAt: mustVerify ? null : now,
    hasPassword: false,
  };
}

function firstMail({ settings }: Deps, { email, emailVerifiedAt }: UserRow, isNew: boolean): QueuedMail[] {
  if (email === null || emailVerifiedAt !== null) return [];
  if (!isNew) return [{ kind: "already_registered", address: email }];
  return settings.registration.verification === "none" ? [] : [{ kind: "verify_email", address: email }];
}
