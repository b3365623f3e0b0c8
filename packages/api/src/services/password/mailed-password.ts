import type { SecretRow, UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import type { ResetInput } from "../../contract/input-types.js";
import { KeywrightError } from "../../contract/reasons.js";
import { type Deps, inTransaction } from "../../deps.js";
import { foldName } from "../../inputs/fields.js";
import { liftPasswordLock } from "../../limits/guesses.js";
import type { Visitor } from "../../who.js";
import { assertNewPassword, assertPassword, noticeTo, personalDetails } from "../credentials.js";
import { consumeSecret, getLiveSecret } from "../secrets.js";
import { handOver } from "../take-over.js";

/** How a particular mailed link leads to a new password. */
export interface PasswordChoice {
  purpose: "reset_password" | "set_password";
  event: "password.reset" | "password.set";
  notice: "password_reset_notice" | "password_set_notice";
  /** Throws if the link must not do this to this account. */
  assertFits(user: UserRow, secret: SecretRow): void;
}

/**
 * Sets a password with a mailed secret and returns the updated account, which is then whoever's reads the mail
 * (`handOver`): every session ends, the account's other secrets except links to undo are voided, and the address counts
 * as verified. Nobody is signed in. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`, `VALIDATION`.
 */
export async function choosePassword(
  deps: Deps,
  who: Visitor,
  { input, choice }: { input: ResetInput; choice: PasswordChoice },
): Promise<UserRow> {
  const { token, newPassword, confirmPassword } = input;
  // Before the hash, since links can be made up faster than passwords are hashed; and nothing is consumed yet, since a
  // refused password must not cost the link.
  const { email } = await getLiveSecret(deps, choice.purpose, token);
  const owner = { email, username: null };
  await assertNewPassword(deps, {
    field: "newPassword",
    password: newPassword,
    confirmPassword,
    personal: personalDetails(owner),
    owner,
  });
  const hash = await deps.passwords.hash(newPassword); // outside the transaction: it is slow
  const user = await inTransaction(deps, async (deps) => {
    const { user, wasVerified } = await consumeForPassword(deps, choice, token);
    assertPassword(deps, newPassword, { field: "newPassword", personal: personalDetails(user) });
    const record = { events: [{ kind: choice.event, userId: user.id }], mails: noticeTo(deps, user, choice.notice) };
    await handOver(deps, who, { user, wasVerified, passwordHash: hash, record });
    return user;
  });
  await liftPasswordLock(deps, who, user);
  return user;
}

async function consumeForPassword(
  deps: Deps,
  choice: PasswordChoice,
  token: string,
): Promise<{ user: UserRow; wasVerified: boolean }> {
  const secret = await consumeSecret(deps, choice.purpose, token);
  const owner = { id: secret.userId, emailKey: foldName(secret.email) };
  const proved = await db.raiseByMailbox(deps.db, owner, deps.now());
  if (!proved || proved.user.isDisabled) throw new KeywrightError("TOKEN_INVALID");
  choice.assertFits(proved.user, secret);
  return proved;
}
