import { randomUUID } from "node:crypto";
import type { UserKeys, UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import { type FieldErrors, fieldError, KeywrightError } from "../../contract/reasons.js";
import type { RegistrationField } from "../../contract/types.js";
import { type Deps, inTransaction } from "../../deps.js";
import { foldName } from "../../inputs/fields.js";
import type { Registration } from "../../inputs/registration.js";
import { countMail } from "../../limits/limits.js";
import { type MailPlan, notice, type QueuedEntry } from "../../mail/plan.js";
import type { Visitor } from "../../who.js";
import { recordEvents } from "../audit.js";
import { assertNewPassword, isTheirs, personalDetails } from "../credentials.js";
import { takeOverPlan } from "../password/password-set.js";
import type { QueuedMail } from "../queue-mail.js";
import { finishSignIn, type StartedSession, startSession, type UnfinishedSignIn } from "../start-session.js";
import { holdUsername, lockFreeUsername, refuseTakenUsername, toUsername } from "../usernames.js";

/**
 * Creates an account. If unverified accounts may sign in, the caller is signed in, and a taken address is refused with
 * `EMAIL_TAKEN`. If not, the answer is null for free and taken addresses alike, at the same cost, and the owner of a
 * taken one is notified by mail. Without a password, the mail contains a link to choose one. Throws
 * `REGISTRATION_CLOSED`, `VALIDATION`, `USERNAME_TAKEN`, `RATE_LIMITED`.
 */
export async function register(deps: Deps, who: Visitor, input: Registration): Promise<StartedSession | null> {
  if (!deps.settings.registration.open) throw new KeywrightError("REGISTRATION_CLOSED");
  assertFields(deps, input);
  const { user, keys } = newUser(deps, input);
  if (input.password !== undefined) await assertOwnChoice(deps, input, input.password);
  const taken = await db.findTaken(deps.db, keys);
  refuseTaken(deps, taken);
  // A taken address is answered like a free one, and every repetition mails its owner. What was refused above did not.
  const isAlike = deps.settings.registration.verification === "mandatory";
  if (isAlike) await countMail({ deps }, "register", input.email ?? "");
  // Outside the transaction: it is slow.
  const hash = input.password === undefined ? null : await deps.passwords.hash(input.password);
  const started = await inTransaction(deps, async (deps) => {
    if (isAlike && keys.usernameKey !== null) await lockFreeUsername(deps, keys.usernameKey);
    const isNew = await insert(deps, { ...user, ...keys }, taken);
    if (hash !== null) await db.createPassword(deps.db, { userId: user.id, hash, updatedAt: deps.now() });
    if (isAlike) await holdUsername(deps, keys);
    return await welcome(deps, who, { user, deviceName: input.deviceName ?? null, isNew });
  });
  return started && (await finishSignIn(deps, who, started));
}

/**
 * At delivery: reminds the owner of a taken address, who may have forgotten the account. While nobody has proved the
 * address, the account belongs to whoever does: the link is to choose a password.
 */
export async function planAlreadyRegisteredMail(deps: Deps, { address }: QueuedEntry): Promise<MailPlan | null> {
  const user = await db.findUserByEmail(deps.db, foldName(address));
  if (!user?.email || user.isDisabled) return null;
  if (!isTheirs(deps, user.emailVerifiedAt !== null)) return takeOverPlan(deps, user);
  return { ...notice("already_registered", user.email), page: "home" };
}

const fieldNames = ["email", "username", "password", "firstName", "lastName"] as const satisfies RegistrationField[];

/** Throws `VALIDATION` for fields that the settings require but are missing, and for fields that they do not list. */
function assertFields({ settings }: Deps, input: Registration): void {
  const { required, optional } = settings.registration;
  const missing = required.filter((field) => !input[field]);
  const unknown = fieldNames.filter((field) => {
    return input[field] !== undefined && !required.includes(field) && !optional.includes(field);
  });
  const faults = [
    ...missing.map((field) => fieldError(field, "REQUIRED")),
    ...unknown.map((field) => fieldError(field, "UNKNOWN_FIELD")),
  ];
  const fields: FieldErrors = Object.assign({}, ...faults);
  if (faults.length > 0) throw new KeywrightError("VALIDATION", { fields });
}

async function assertOwnChoice(deps: Deps, input: Registration, password: string): Promise<void> {
  const { confirmPassword, email = null, username = null } = input;
  const personal = personalDetails(input);
  const owner = { email, username };
  await assertNewPassword(deps, { field: "password", password, confirmPassword, personal, owner });
}

const maxInserts = 3;

/**
 * False if the address is taken. A name that was taken when it was inserted and is free when it is looked up (its holder
 * changed it back) is tried again; otherwise there would be no account and a mail about one. Throws `UNAVAILABLE`, and
 * what `refuseTaken` throws.
 */
async function insert(deps: Deps, user: db.NewUser, taken: { email: boolean }): Promise<boolean> {
  for (let attempt = 1; attempt <= maxInserts; attempt++) {
    if (await db.createUser(deps.db, user)) return true;
    // Looked up before: not again, so that a taken address costs no more than a free one.
    if (taken.email) return false;
    const now = await db.findTaken(deps.db, user);
    refuseTaken(deps, now);
    if (now.email) return false;
  }
  throw new KeywrightError("UNAVAILABLE", { retryAfter: 1 });
}

/** Usernames are public; whether an address has an account is not, if it must be verified first. */
function refuseTaken({ settings }: Deps, taken: { email: boolean; username: boolean }): void {
  if (taken.username) refuseTakenUsername();
  if (!taken.email || settings.registration.verification === "mandatory") return;
  throw new KeywrightError("EMAIL_TAKEN", { fields: fieldError("email", "EMAIL_TAKEN") });
}

/** The first mail, the first entry in the account's history, and the first session if one is allowed. */
async function welcome(
  deps: Deps,
  who: Visitor,
  { user, deviceName, isNew }: { user: UserRow; deviceName: string | null; isNew: boolean },
): Promise<UnfinishedSignIn | null> {
  const mails = firstMail(deps, user, isNew);
  if (deps.settings.registration.verification !== "mandatory") {
    const because = ["user.registered" as const];
    // Whoever gave no password has proved nothing.
    const authenticatedAt = user.hasPassword ? deps.now() : null;
    const start = { user, remember: true, deviceName, unarchived: false, because, mails, authenticatedAt };
    return await startSession(deps, who, start);
  }
  const kind = isNew ? "user.registered" : "registration.repeated";
  await recordEvents(deps, who, { events: [{ kind, userId: isNew ? user.id : null }], mails });
  return null;
}

function firstMail({ settings }: Deps, { email, hasPassword }: UserRow, isNew: boolean): QueuedMail[] {
  if (email === null) return [];
  if (!isNew) return [{ kind: "already_registered", address: email }];
  if (!hasPassword) return [{ kind: "set_password", address: email }];
  return settings.registration.verification === "none" ? [] : [{ kind: "verify_email", address: email }];
}

function newUser(deps: Deps, input: Registration): { user: UserRow; keys: UserKeys } {
  const now = deps.now();
  const name = input.username === undefined ? null : toUsername(deps, input.username);
  const emailKey = input.email === undefined ? null : foldName(input.email);
  const user = {
    id: randomUUID(),
    username: name?.username ?? null,
    email: input.email ?? null,
    emailVerifiedAt: null,
    firstName: input.firstName ?? "",
    lastName: input.lastName ?? "",
    profile: input.profile ?? {},
    isDisabled: false,
    archivedAt: null,
    credentialVersion: 0,
    createdAt: now,
    lastLoginAt: deps.settings.registration.verification === "mandatory" ? null : now,
    hasPassword: input.password !== undefined,
  };
  return { user, keys: { emailKey, usernameKey: name?.usernameKey ?? null } };
}
