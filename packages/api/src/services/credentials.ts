import type { UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import { type FieldErrors, fieldError, isReason, KeywrightError, type Reason } from "../contract/reasons.js";
import type { SecretPurpose } from "../contract/types.js";
import type { Deps } from "../deps.js";
import { callHook } from "../hooks.js";
import { loggableError } from "../log.js";
import type { QueuedMailKind } from "../mail/plan.js";
import { findPasswordErrors, type PasswordOwner } from "../passwords/policy.js";
import { type EndedSessions, endSessions } from "../sessions/sessions.js";
import type { Visitor } from "../who.js";
import { type AuditEntry, recordEvents } from "./audit.js";
import type { QueuedMail } from "./queue-mail.js";

/**
 * How a change was proved. A mailbox outranks a password: somebody who has learnt the password must not be able to void
 * the links with which the mailbox's owner recovers the account.
 */
export type Proof = keyof typeof outlives;

/** The links that survive a change, by its proof. An old mailbox's link to undo survives everything that others do. */
const outlives = {
  password: ["undo_email_change", "reset_password", "set_password", "verify_email"],
  mailbox: ["undo_email_change"],
} as const satisfies Record<string, readonly SecretPurpose[]>;

interface Recorded {
  events: AuditEntry[];
  mails: QueuedMail[];
}

export interface CredentialsChanged {
  user: UserRow;
  proof: Proof;
  /** Removes other ways in to the account, or adds one. */
  changeWays?: () => Promise<void>;
  /** Of the password that was chosen with the change. */
  passwordHash?: string;
  ends: EndedSessions;
  /** When the undone change of address was made: links to undo that are newer are voided, too. */
  undoneSince?: Date;
  /**
   * What is recorded and mailed; a function if that depends on `changeWays`, and null if the caller does that together
   * with something else.
   */
  record: Recorded | (() => Recorded) | null;
}

/**
 * What every credential change also does, in the same transaction: voids the one-time secrets that it outranks, changes
 * identities and password where the change is one of those, ends sessions and their refresh tokens, notifies the owner by
 * mail, and records it. Returns the ids of the ended sessions. In the order in which all transactions lock
 * (docs/decisions/0020).
 *
 * | Change                                 | Sessions that end           | Secrets that are voided           | Mail                         |
 * | -------------------------------------- | --------------------------- | --------------------------------- | ---------------------------- |
 * | `password.change`                      | all; the caller's continues | `change_email`                    | `password_changed_notice`    |
 * | the same with `keepOtherSessions`      | the caller's; it continues  | `change_email`                    | `password_changed_notice`    |
 * | `password.reset`                       | all                         | all but `undo_email_change`       | `password_reset_notice`      |
 * | `password.set`                         | all                         | all but `undo_email_change`       | `password_set_notice`        |
 * | `user.confirmEmailChange`              | all but the caller's        | all but `undo_email_change`       | `email_changed_notice`, with |
 * |                                        |                             |                                   | the link to undo             |
 * | `user.undoEmailChange`                 | all                         | all but the links to undo earlier | `email_restored_notice`,     |
 * |                                        |                             | changes                           | with a set-password link     |
 * | `user.archive`                         | all                         | `change_email`                    | `archived_notice`            |
 * | `user.delete` that deactivates         | all                         | `change_email`                    | `deactivated_notice`         |
 * | `user.delete` that deletes             | all, with the account       | all, with the account             | `deleted_notice`             |
 * | unproved address that others prove     | all, or the account goes    | all but `undo_email_change`       | none                         |
 * | unverified account that is taken over  | all                         | all but `undo_email_change`       | none                         |
 *
 * Notices go to verified mailboxes. "Continues" means that a new session replaces the old one.
 */
export async function credentialsChanged(
  deps: Deps,
  who: Visitor,
  { user, proof, changeWays, passwordHash: hash, ends, undoneSince: since, record }: CredentialsChanged,
): Promise<string[]> {
  await db.voidSecrets(deps.db, user.id, { except: outlives[proof], ...(since && { since }) });
  await changeWays?.();
  if (hash !== undefined) await db.savePassword(deps.db, { userId: user.id, hash, updatedAt: deps.now() });
  const ended = await endSessions(deps, user.id, ends);
  if (record) await recordEvents(deps, who, typeof record === "function" ? record() : record);
  return ended;
}

/** What a password must not resemble: what others may know about the person. */
export function personalDetails(person: {
  username?: string | null | undefined;
  email?: string | null | undefined;
  firstName?: string | undefined;
  lastName?: string | undefined;
}): string[] {
  const { username, email, firstName, lastName } = person;
  return [username, email, email?.split("@")[0], firstName, lastName].filter((detail) => typeof detail === "string");
}

/** Throws `VALIDATION` with every rule that the password breaks, under `field`. */
export function assertPassword(
  { settings }: Deps,
  password: string,
  { field, personal }: { field: string; personal: string[] },
): void {
  const faults = findPasswordErrors(password, settings.password, personal);
  if (faults.length > 0) throw new KeywrightError("VALIDATION", { fields: fieldError(field, ...faults) });
}

/** A new password as submitted by a form. */
export interface NewPassword {
  /** Name of the input field. */
  field: "password" | "newPassword";
  password: string;
  confirmPassword: string | undefined;
  personal: string[];
  owner: PasswordOwner;
}

/**
 * Everything that a new password must pass before anything slow or permanent is done with it: the confirmation if
 * required, the built-in rules, and the app's own rule. Throws `VALIDATION`.
 */
export async function assertNewPassword(deps: Deps, given: NewPassword): Promise<void> {
  const { field, password, confirmPassword, personal, owner } = given;
  if (deps.settings.password.requireConfirmation && confirmPassword === undefined)
    refuse("confirmPassword", "REQUIRED");
  assertPassword(deps, password, { field, personal });
  const fault = await askPasswordRule(deps, password, owner);
  if (fault) throw new KeywrightError("VALIDATION", { fields: fieldError(field, fault) });
}

async function askPasswordRule(deps: Deps, password: string, owner: PasswordOwner): Promise<Reason | null> {
  const { passwordRule } = deps.extensions;
  if (!passwordRule) return null;
  return await callHook({ name: "passwordRule", ...deps.settings.hooks }, async () => {
    const fault = await passwordRule(password, owner);
    if (!fault || isReason(fault)) return fault;
    throw loggableError("The app's `passwordRule` returned something that is no reason.");
  });
}

function refuse(field: string, reason: "REQUIRED"): never {
  const fields: FieldErrors = fieldError(field, reason);
  throw new KeywrightError("VALIDATION", { fields });
}

/** Notifies the owner, if the address is known to be theirs: anybody can register a stranger's and cause mail to it. */
export function noticeTo(
  deps: Deps,
  { email, emailVerifiedAt }: Pick<UserRow, "email" | "emailVerifiedAt">,
  kind: QueuedMailKind,
): QueuedMail[] {
  return email === null || !isTheirs(deps, emailVerifiedAt !== null) ? [] : [{ kind, address: email }];
}

/** Whether an address counts as the account's own: it was verified, or the settings never require verification. */
export function isTheirs({ settings }: Deps, isVerified: boolean): boolean {
  return isVerified || settings.registration.verification === "none";
}
