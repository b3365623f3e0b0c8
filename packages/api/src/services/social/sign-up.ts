import type { UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import { fieldError, KeywrightError } from "../../contract/reasons.js";
import type { RegistrationField } from "../../contract/types.js";
import type { Deps } from "../../deps.js";
import { foldName } from "../../inputs/fields.js";
import type { Visitor } from "../../who.js";
import { removeUnlessInUse } from "../account-in-use.js";
import { type AuditEntry, recordEvents } from "../audit.js";
import type { QueuedMail } from "../queue-mail.js";
import { startSession } from "../start-session.js";
import { holdUsername } from "../usernames.js";
import { newIdentity } from "./identity-row.js";
import { chooseNames, missingFields, newAccount } from "./new-account.js";
import type { Newcomer, UnfinishedOutcome } from "./outcome.js";

/** What an earlier try of the same person has left: an account that waits for its address to be verified. */
export interface EarlierTry {
  /** Whether there can be one; if not, nothing is looked up. */
  isPossible: boolean;
  /** It has the same address. */
  isSame: boolean;
}

/**
 * Creates the account of a first sign-in. An address that the provider does not vouch for is treated like one that was
 * typed into a form: it has to be verified, and where that is mandatory nothing reveals whether it is taken. Throws
 * `REGISTRATION_CLOSED`, `EMAIL_TAKEN`, `USERNAME_TAKEN`.
 */
export async function signUp(
  deps: Deps,
  who: Visitor,
  { newcomer, earlier }: { newcomer: Newcomer; earlier: EarlierTry },
): Promise<UnfinishedOutcome> {
  const { registration } = deps.settings;
  const { names, missing } = await prepare(deps, newcomer);
  if (missing.length > 0) return { status: "registration_incomplete", missing };
  const user = newAccount(deps, newcomer, names);
  const gone = earlier.isPossible ? await replaceEarlier(deps, who, newcomer) : [];
  const isNew = await create(deps, newcomer, user);
  const mustVerify = registration.verification === "mandatory" && user.emailVerifiedAt === null;
  if (!isNew && !mustVerify) return await refuseTaken(deps, newcomer);
  await newcomer.use?.(deps);
  const mails = firstMail(deps, user, isNew || earlier.isSame);
  if (mustVerify) {
    const emailKey = user.email === null ? null : foldName(user.email);
    await holdUsername(deps, { emailKey, usernameKey: user.usernameKey });
    const kind = isNew ? "user.registered" : "registration.repeated";
    await recordEvents(deps, who, { events: [...gone, { kind, userId: isNew ? user.id : null }], mails });
    return { status: "verification_sent" };
  }
  if (gone.length > 0) await recordEvents(deps, who, { events: gone });
  const { remember, deviceName } = newcomer;
  const start = { user, remember, deviceName, unarchived: false, because: ["user.registered" as const], mails };
  return { status: "started", started: await startSession(deps, who, start), created: true };
}

/** What a sign-up would lack. Throws `REGISTRATION_CLOSED`, `USERNAME_TAKEN`. */
export async function missingForSignUp(deps: Deps, newcomer: Newcomer): Promise<RegistrationField[]> {
  return (await prepare(deps, newcomer)).missing;
}

async function prepare(deps: Deps, newcomer: Newcomer) {
  if (!deps.settings.registration.open) throw new KeywrightError("REGISTRATION_CLOSED");
  const names = await chooseNames(deps, newcomer);
  return { names, missing: missingFields(deps, newcomer, names) };
}

/** Not if it was taken since it was looked up, or by another sign-in of the same person. Throws `EMAIL_TAKEN`. */
async function refuseTaken(deps: Deps, { identity }: Newcomer): Promise<UnfinishedOutcome> {
  if (identity.isEmailVouched || (await db.findIdentity(deps.db, identity))) return { status: "overtaken" };
  throw new KeywrightError("EMAIL_TAKEN", { fields: fieldError("email", "EMAIL_TAKEN") });
}

/**
 * Removes what an earlier try has left under another address, which may have been mistyped: nobody has ever signed in
 * there, and nobody could without that mailbox. If rows of the app's own refer to it, it stays without address and names.
 * Returns what happened to it.
 */
export async function replaceEarlier(deps: Deps, who: Visitor, { identity }: Newcomer): Promise<AuditEntry[]> {
  const emailKey = foldName(identity.email ?? "");
  const done = await removeUnlessInUse(deps, who, (tx) => db.deletePendingUser(tx, identity, emailKey));
  const userId = done ? done.removed : await db.emptyPendingUser(deps.db, identity, emailKey);
  return userId === null ? [] : [{ kind: done ? "user.deleted" : "email.released", userId }];
}

async function create(
  deps: Deps,
  newcomer: Newcomer,
  user: UserRow & { usernameKey: string | null },
): Promise<boolean> {
  const emailKey = user.email === null ? null : foldName(user.email);
  return await db.createUserWithIdentity(deps.db, { ...user, emailKey }, newIdentity(deps, user.id, newcomer));
}

function firstMail({ settings }: Deps, { email, emailVerifiedAt }: UserRow, isOwn: boolean): QueuedMail[] {
  if (email === null || emailVerifiedAt !== null) return [];
  if (!isOwn) return [{ kind: "already_registered", address: email }];
  return settings.registration.verification === "none" ? [] : [{ kind: "verify_email", address: email }];
}
