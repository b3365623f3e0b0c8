import type { UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import { type FieldErrors, fieldError, KeywrightError } from "../contract/reasons.js";
import type { SecretPurpose } from "../contract/types.js";
import type { Deps } from "../deps.js";
import { findPasswordErrors, type PasswordOwner } from "../passwords/policy.js";
import { type EndedSessions, endSessions } from "../sessions/sessions.js";
import type { Visitor } from "../who.js";
import { type AuditEntry, recordEvents } from "./audit.js";
import type { QueuedMail } from "./queue-mail.js";

/**
 * What a change was proved by. A mailbox outranks a password: whoever has learnt the password must not be able to void
 * the links with which the mailbox's owner gets the account back.
 */
export type Proof = keyof typeof outlives;

/** The links that outlive a change, by its proof. The way back of an old mailbox's owner outlives all that others do. */
const outlives = {
  password: ["undo_email_change", "reset_password", "set_password", "verify_email"],
  mailbox: ["undo_email_change"],
} as const satisfies Record<string, readonly SecretPurpose[]>;

export interface CredentialsChanged {
  user: UserRow;
  proof: Proof;
  ends: EndedSessions;
  /** The change of address that is taken back: links to undo from then on are void, too. */
  undoneSince?: Date;
  /** What is written down and mailed; null where the caller does that together with something else. */
  record: { events: AuditEntry[]; mails: QueuedMail[] } | null;
}

/**
 * What every credential change does besides itself, in the same transaction: voids the one-time secrets that it
 * outranks, ends the sessions and their refresh tokens, tells the owner by mail, and writes it down. The ids of the
 * ended sessions.
 *
 * | Change                                 | Sessions that end           | Secrets that are void             | Mail                         |
 * | -------------------------------------- | --------------------------- | --------------------------------- | ---------------------------- |
 * | `password.change`                      | all; the caller's goes on   | `change_email`                    | `password_changed_notice`    |
 * | the same with `keepOtherSessions`      | the caller's, which goes on | `change_email`                    | `password_changed_notice`    |
 * | `password.reset`                       | all                         | all but `undo_email_change`       | `password_reset_notice`      |
 * | `password.set`                         | all                         | all but `undo_email_change`       | `password_set_notice`        |
 * | `user.confirmEmailChange`              | all but the caller's        | all but `undo_email_change`       | `email_changed_notice`, with |
 * |                                        |                             |                                   | the link to undo             |
 * | `user.undoEmailChange`                 | all                         | all but the links to undo earlier | `email_restored_notice`,     |
 * |                                        |                             | changes                           | with a set-password link     |
 * | `user.archive`                         | all                         | `change_email`                    | `archived_notice`            |
 * | `user.delete` that deactivates         | all                         | `change_email`                    | `deactivated_notice`         |
 * | `user.delete` that deletes             | all, with the account       | all, with the account             | `deleted_notice`             |
 * | an unproved address that others prove  | all, or the account goes    | all but `undo_email_change`       | none                         |
 * | `provideUser` of an unverified account | all                         | all but `undo_email_change`       | none                         |
 *
 * Notices go to mailboxes that were proved. "Goes on" is a new session in the old one's place.
 */
export async function credentialsChanged(
  deps: Deps,
  who: Visitor,
  { user, proof, ends, undoneSince: since, record }: CredentialsChanged,
): Promise<string[]> {
  await db.voidSecrets(deps.db, user.id, { except: outlives[proof], ...(since && { since }) });
  const ended = await endSessions(deps, user.id, ends);
  if (record) await recordEvents(deps, who, record);
  return ended;
}

/** What a password must not resemble: what others can know of the person. */
export function personalDetails(person: {
  username?: string | null | undefined;
  email?: string | null | undefined;
  firstName?: string | undefined;
  lastName?: string | undefined;
}): string[] {
  const { username, email, firstName, lastName } = person;
  return [username, email, email?.split("@")[0], firstName, lastName].filter((detail) => typeof detail === "string");
}

/** Throws `VALIDATION` with each rule that the password breaks, under `field`. */
export function assertPassword(
  { settings }: Deps,
  password: string,
  { field, personal }: { field: string; personal: string[] },
): void {
  const faults = findPasswordErrors(password, settings.password, personal);
  if (faults.length > 0) throw new KeywrightError("VALIDATION", { fields: fieldError(field, ...faults) });
}

/** A new password as a form sends it. */
export interface NewPassword {
  /** Name of the input's field. */
  field: "password" | "newPassword";
  password: string;
  confirmPassword: string | undefined;
  personal: string[];
  owner: PasswordOwner;
}

/**
 * All that a new password has to pass before anything slow or lasting is done with it: the confirmation where it is
 * required, the built-in rules, and the app's own. Throws `VALIDATION`.
 */
export async function assertNewPassword(deps: Deps, given: NewPassword): Promise<void> {
  const { field, password, confirmPassword, personal, owner } = given;
  if (deps.settings.password.requireConfirmation && confirmPassword === undefined)
    refuse("confirmPassword", "REQUIRED");
  assertPassword(deps, password, { field, personal });
  const fault = await deps.extensions.passwordRule?.(password, owner);
  if (fault) throw new KeywrightError("VALIDATION", { fields: fieldError(field, fault) });
}

function refuse(field: string, reason: "REQUIRED"): never {
  const fields: FieldErrors = fieldError(field, reason);
  throw new KeywrightError("VALIDATION", { fields });
}

/** Tells the owner, where the address is known to be theirs: anybody can register a stranger's, and have them mailed. */
export function noticeTo(
  deps: Deps,
  { email, emailVerifiedAt }: Pick<UserRow, "email" | "emailVerifiedAt">,
  kind: QueuedMail["kind"],
): QueuedMail[] {
  return email === null || !isTheirs(deps, emailVerifiedAt !== null) ? [] : [{ kind, address: email }];
}

/** Whether an address counts as its account's: it was proved, or the settings ask for no proof anywhere. */
export function isTheirs({ settings }: Deps, isVerified: boolean): boolean {
  return isVerified || settings.registration.verification === "none";
}
