import type { UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import type { ResetInput } from "../../contract/input-types.js";
import type { Nothing } from "../../contract/types.js";
import type { Deps } from "../../deps.js";
import { foldName } from "../../inputs/fields.js";
import { type MailPlan, type QueuedEntry, secretMail } from "../../mail/plan.js";
import type { Visitor } from "../../who.js";
import { queueMail } from "../queue-mail.js";
import { verificationPlan } from "../registration/email-verification.js";
import { choosePassword, type PasswordChoice } from "./mailed-password.js";
import { setPasswordPlan } from "./password-set.js";

/** Queues one row and looks nothing up: its effect and its cost do not depend on whether the address has an account. */
export async function requestPasswordReset(deps: Deps, who: Visitor, { email }: { email: string }): Promise<Nothing> {
  await queueMail(deps, who, { kind: "reset_password", address: email });
  return {};
}

/**
 * At delivery: an unverified account gets the verification mail instead, an account without a password gets the link to
 * choose its first one, and an unknown address gets nothing.
 */
export async function planResetMail(deps: Deps, { address }: QueuedEntry): Promise<MailPlan | null> {
  const user = await db.findUserByEmail(deps.db, foldName(address));
  if (!user?.email || user.isDisabled) return null;
  if (!user.hasPassword) return setPasswordPlan(deps, user);
  const isUnverified = user.emailVerifiedAt === null && deps.settings.registration.verification !== "none";
  if (isUnverified) return verificationPlan(deps, user);
  const minutes = deps.settings.tokens.resetMinutes;
  return secretMail(user, user.email, { mail: "reset_password", purpose: "reset_password", minutes });
}

/**
 * Sets a new password with a mailed secret. Ends every session, voids the account's other secrets except links to undo,
 * and marks the address as verified. Nobody is signed in. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`, `VALIDATION`.
 */
export async function resetPassword(deps: Deps, who: Visitor, input: ResetInput): Promise<Nothing> {
  await redeemResetLink(deps, who, input);
  return {};
}

/** Like `resetPassword`, but returns the updated account. */
export async function redeemResetLink(deps: Deps, who: Visitor, input: ResetInput): Promise<UserRow> {
  const choice: PasswordChoice = {
    purpose: "reset_password",
    event: "password.reset",
    notice: "password_reset_notice",
    assertFits: () => {},
  };
  return await choosePassword(deps, who, { input, choice });
}
