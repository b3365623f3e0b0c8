import type { Deps } from "../deps.js";
import type { MailKind } from "../mail/mail.js";
import { type MailPlan, notice, type QueuedEntry, type QueuedMailKind } from "../mail/plan.js";
import { planResetMail } from "../services/password/password-reset.js";
import { planSetPasswordMail } from "../services/password/password-set.js";
import { planVerificationMail } from "../services/registration/email-verification.js";
import { planAlreadyRegisteredMail } from "../services/registration/registration.js";
import { planChangedMail, planConfirmMail, planRestoredMail } from "../services/user/email-change.js";

type Plan = (deps: Deps, entry: QueuedEntry) => Promise<MailPlan | null>;

const flows: Record<QueuedMailKind, Plan> = {
  verify_email: planVerificationMail,
  reset_password: planResetMail,
  set_password: planSetPasswordMail,
  already_registered: planAlreadyRegisteredMail,
  confirm_email_change: planConfirmMail,
  email_changed_notice: planChangedMail,
  email_restored_notice: planRestoredMail,
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
  ),
};

/** What each kind of queued mail becomes; null when there is nobody to tell. Looked up by what stands in the table. */
export const mailPlans: Partial<Record<string, Plan>> = flows;

/** Mails that tell what happened, to the address that the account had then. */
function notices<Kind extends MailKind>(...kinds: Kind[]): Record<Kind, Plan> {
  const plans = kinds.map((kind) => [kind, async (_deps: Deps, { address }: QueuedEntry) => notice(kind, address)]);
  return Object.fromEntries(plans);
}
