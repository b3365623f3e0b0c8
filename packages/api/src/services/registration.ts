import { randomUUID } from "node:crypto";
import type { UserKeys, UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import { type Deps, inTransaction } from "../deps.js";
import { type FieldFaults, fieldFault, KeywrightError } from "../errors.js";
import { foldName } from "../inputs/fields.js";
import type { RegisterInput } from "../inputs/registration.js";
import type { Visitor } from "../who.js";
import { recordEvents } from "./audit.js";
import { assertPassword, personalDetails, queueMail } from "./credentials.js";
import type { Delivery } from "./delivery.js";
import { type StartedSession, startSession } from "./start-session.js";

/**
 * Creates an account. Where unverified accounts may sign in, the caller is signed in, and a taken address is refused
 * with `EMAIL_TAKEN`. Where they may not, the answer is null for a free and for a taken address alike, at the same
 * cost, and the owner of a taken one is told by mail. Throws `REGISTRATION_CLOSED`, `VALIDATION`, `USERNAME_TAKEN`.
 */
export async function register(deps: Deps, who: Visitor, input: RegisterInput): Promise<StartedSession | null> {
  const { login, registration } = deps.settings;
  if (!registration.open) throw new KeywrightError("REGISTRATION_CLOSED");
  assertComplete(deps, input);
  const password = input.password ?? "";
  assertPassword(deps, password, { field: "password", personal: personalDetails(input) });
  const keys = keysOf(input);
  const taken = await db.findTaken(deps.db, keys);
  refuseTaken(deps, taken);
  const hash = await deps.passwords.hash(password); // outside the transaction: it is slow
  const started = await inTransaction(deps, async (deps) => {
    const user = newUser(deps, input);
    const isNew = await db.createUser(deps.db, { ...user, ...keys });
    // One registration won the race for a name after the look above.
    if (!isNew && !taken.email) refuseTaken(deps, await db.findTaken(deps.db, keys));
    await db.createPassword(deps.db, { userId: user.id, hash, updatedAt: deps.now() });
    await queueFirstMail(deps, who, { email: input.email, isNew });
    if (login.allowUnverified) return await signInNewUser(deps, who, { user, input });
    const kind = isNew ? "user.registered" : "registration.repeated";
    await recordEvents(deps, who, { kind, userId: isNew ? user.id : null });
    return null;
  });
  deps.mailQueued();
  return started;
}

/** At delivery: tells the owner of a taken address, who may have forgotten. */
export async function planAlreadyRegisteredMail(deps: Deps, address: string): Promise<Delivery | null> {
  const user = await db.findUserByEmail(deps.db, foldName(address));
  if (!user?.email || user.isDisabled) return null;
  return { mail: "already_registered", to: user.email, secret: null, path: "/" };
}

function assertComplete({ settings }: Deps, input: RegisterInput): void {
  const missing = settings.registration.required.filter((field) => !input[field]);
  const fields: FieldFaults = Object.assign({}, ...missing.map((field) => fieldFault(field, "REQUIRED")));
  if (missing.length > 0) throw new KeywrightError("VALIDATION", { fields });
}

/** Usernames are public; whether an address has an account is not, where registration is verified first. */
function refuseTaken({ settings }: Deps, taken: { email: boolean; username: boolean }): void {
  if (taken.username) throw new KeywrightError("USERNAME_TAKEN", { fields: fieldFault("username", "USERNAME_TAKEN") });
  if (!taken.email || !settings.login.allowUnverified) return;
  throw new KeywrightError("EMAIL_TAKEN", { fields: fieldFault("email", "EMAIL_TAKEN") });
}

async function queueFirstMail(
  deps: Deps,
  who: Visitor,
  { email, isNew }: { email: string | undefined; isNew: boolean },
): Promise<void> {
  if (email === undefined || !deps.settings.registration.sendVerification) return;
  await queueMail(deps, who, { kind: isNew ? "verify_email" : "already_registered", address: email });
}

async function signInNewUser(
  deps: Deps,
  who: Visitor,
  { user, input }: { user: UserRow; input: RegisterInput },
): Promise<StartedSession> {
  return await startSession(deps, who, {
    user,
    remember: true,
    deviceName: input.deviceName ?? null,
    unarchived: false,
    because: ["user.registered"],
  });
}

function keysOf({ email, username }: RegisterInput): UserKeys {
  return {
    emailKey: email === undefined ? null : foldName(email),
    usernameKey: username === undefined ? null : foldName(username),
  };
}

function newUser(deps: Deps, input: RegisterInput): UserRow {
  const now = deps.now();
  return {
    id: randomUUID(),
    username: input.username ?? null,
    email: input.email ?? null,
    emailVerifiedAt: null,
    firstName: input.firstName ?? "",
    lastName: input.lastName ?? "",
    isDisabled: false,
    archivedAt: null,
    credentialVersion: 0,
    createdAt: now,
    lastLoginAt: deps.settings.login.allowUnverified ? now : null,
    hasPassword: true,
  };
}
