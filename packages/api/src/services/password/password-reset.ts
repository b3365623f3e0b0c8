import type { UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import type { ResetInput } from "../../contract/input-types.js";
import type { Nothing } from "../../contract/types.js";
import type { Deps } from "../../deps.js";
import { foldName } from "../../inputs/fields.js";
import { type MailPlan, type QueuedEntry, secretMail, takingOver } from "../../mail/plan.js";
import type { Visitor } from "../../who.js";
import { queueMail } from "../queue-mail.js";
import { choosePassword, type PasswordChoice } from "./mailed-password.js";
import { setPasswordPlan } from "./password-set.js";

/** Queues one row and looks nothing up: its effect and its cost do not depend on whether the address has an account. */
export async function requestPasswordReset(deps: Deps, who: Visitor, { email }: { email: string }): Promise<Nothing> {
  await queueMail(deps, who, { kind: "reset_password", address: email });
  return {};
}

/**
 * At delivery: an account without a password gets the link to choose its first one, and an unknown address gets nothing.
 * An unverified account is taken over by the link: whoever registered it may not be the one who asks.
 */
export async function planResetMail(deps: Deps, { address }: QueuedEntry): Promise<MailPlan | null> {
  const user = await db.findUserByEmail(deps.db, foldName(address));
  if (!user?.email || user.isDisabled) return null;
  const plan = user.hasPassword ? resetPlan(deps, user, user.email) : setPasswordPlan(deps, user);
  return user.emailVerifiedAt === null ? takingOver(plan) : plan;
}

function resetPlan({ settings }: Deps, user: UserRow, to: string): MailPlan {
  return secretMail(user, to, {
    mail: "reset_password",
    purpose: "reset_password",
    minutes: settings.tokens.resetMinutes,
  });
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
