import type { Deps } from "../deps.js";
import type { MailKind } from "../mail/mail.js";
import { type MailPlan, notice, type QueuedEntry, type QueuedMailKind, type SecretMailKind } from "../mail/plan.js";
import { planStepUpMail } from "../services/auth/step-up-code.js";
import { planGuessesMail } from "../services/guesses.js";
import { planResetMail } from "../services/password/password-reset.js";
import { planSetPasswordMail } from "../services/password/password-set.js";
import { planVerificationMail } from "../services/registration/email-verification.js";
import { planAlreadyRegisteredMail } from "../services/registration/registration.js";
import {
  planChangedMail,
  planConfirmMail,
  planRestoredMail,
  planUnprovedChangedMail,
} from "../services/user/email-change.js";

export type PlanMail = (deps: Deps, entry: QueuedEntry) => Promise<MailPlan | null>;

const withSecret: Record<SecretMailKind, PlanMail> = {
  verify_email: planVerificationMail,
  reset_password: planResetMail,
  set_password: planSetPasswordMail,
  already_registered: planAlreadyRegisteredMail,
  confirm_email_change: planConfirmMail,
  email_changed_notice: planChangedMail,
  unproved_email_changed_notice: planUnprovedChangedMail,
  email_restored_notice: planRestoredMail,
  step_up_code: planStepUpMail,
};

const withoutSecret: Record<Exclude<QueuedMailKind, SecretMailKind>, PlanMail> = {
  password_guesses_notice: planGuessesMail,
  ...notices(
    "password_changed_notice",
    "password_reset_notice",
    "password_set_notice",
    "new_sign_in_notice",
    "refresh_reused_notice",
    "refresh_shared_notice",
    "archived_notice",
    "unarchived_notice",
    "deleted_notice",
    "deactivated_notice",
    "identity_connected_notice",
    "identity_disconnected_notice",
    "sign_in_conflict_notice",
  ),
};

const plans: Record<QueuedMailKind, PlanMail> = { ...withSecret, ...withoutSecret };

const hours = 60 * 60_000;
const days = 24 * hours;

/**
 * How long after the request a mail is still worth sending. Readers who wait for a link ask again; a notice is the only
 * sign of a change that its reader did not make, and the only way to undo it.
 */
const ages: Record<QueuedMailKind, number> = {
  reset_password: 6 * hours,
  set_password: 6 * hours,
  verify_email: 3 * days,
  already_registered: 3 * days,
  confirm_email_change: 3 * days,
  email_changed_notice: 7 * days,
  unproved_email_changed_notice: 7 * days,
  email_restored_notice: 7 * days,
  password_changed_notice: 7 * days,
  password_reset_notice: 7 * days,
  password_set_notice: 7 * days,
  password_guesses_notice: 7 * days,
  new_sign_in_notice: 7 * days,
  refresh_reused_notice: 7 * days,
  refresh_shared_notice: 7 * days,
  archived_notice: 7 * days,
  unarchived_notice: 7 * days,
  deleted_notice: 7 * days,
  deactivated_notice: 7 * days,
  identity_connected_notice: 7 * days,
  identity_disconnected_notice: 7 * days,
  sign_in_conflict_notice: 7 * days,
  step_up_code: hours,
};

/** By the kind in the table, which a newer version may have written: null if this one does not know it. */
export function planOf(kind: string): PlanMail | null {
  return isKnown(kind) ? plans[kind] : null;
}

/** An unknown kind gets the longest time, so that an instance that knows it can deliver it. */
export function maxAgeMs(kind: string): number {
  return isKnown(kind) ? ages[kind] : 7 * days;
}

function isKnown(kind: string): kind is QueuedMailKind {
  return Object.hasOwn(plans, kind);
}

/** Mails that report what happened, sent to the account's address at that time. */
function notices<Kind extends MailKind>(...kinds: Kind[]): Record<Kind, PlanMail> {
  const pairs = kinds.map((kind) => [kind, async (_deps: Deps, { address }: QueuedEntry) => notice(kind, address)]);
  return Object.fromEntries(pairs);
}
