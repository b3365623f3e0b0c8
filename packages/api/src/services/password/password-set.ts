import type { UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import type { ResetInput } from "../../contract/input-types.js";
import { KeywrightError } from "../../contract/reasons.js";
import type { Nothing } from "../../contract/types.js";
import type { Deps } from "../../deps.js";
import { foldName } from "../../inputs/fields.js";
import { type MailPlan, type QueuedEntry, secretMail, takeOverPayload, takingOver } from "../../mail/plan.js";
import type { Visitor } from "../../who.js";
import { choosePassword, type PasswordChoice } from "./mailed-password.js";

/** At delivery: the registration's own link, for accounts without a password. */
export async function planSetPasswordMail(deps: Deps, { address }: QueuedEntry): Promise<MailPlan | null> {
  const user = await db.findUserByEmail(deps.db, foldName(address));
  return user && !user.isDisabled && !user.hasPassword ? setPasswordPlan(deps, user) : null;
}

export function setPasswordPlan({ settings }: Deps, user: UserRow): MailPlan | null {
  if (user.email === null) return null;
  const minutes = settings.tokens.setPasswordHours * 60;
  return secretMail(user, user.email, { mail: "set_password", purpose: "set_password", minutes });
}

/** A link to choose a password, also in place of one that was chosen before the address was proved. */
export function takeOverPlan(deps: Deps, user: UserRow): MailPlan | null {
  return takingOver(setPasswordPlan(deps, user));
}

/**
 * Sets an account's first password with a mailed secret, or the first that its owner has chosen; verifies its address. Every session ends; nobody is
 * signed in. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`, `VALIDATION`, `PASSWORD_ALREADY_SET`.
 */
export async function setPassword(deps: Deps, who: Visitor, input: ResetInput): Promise<Nothing> {
  await redeemSetPasswordLink(deps, who, input);
  return {};
}

/** Like `setPassword`, but returns the updated account. */
export async function redeemSetPasswordLink(deps: Deps, who: Visitor, input: ResetInput): Promise<UserRow> {
  const choice: PasswordChoice = {
    purpose: "set_password",
    event: "password.set",
    notice: "password_set_notice",
    assertFits(user, { payload }) {
      if (user.hasPassword && payload !== takeOverPayload) throw new KeywrightError("PASSWORD_ALREADY_SET");
    },
  };
  return await choosePassword(deps, who, { input, choice });
}
