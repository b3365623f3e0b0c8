import type { UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import { type Deps, inTransaction } from "../deps.js";
import { KeywrightError } from "../errors.js";
import { foldName } from "../inputs/fields.js";
import type { ResetInput } from "../inputs/password.js";
import { accountKey } from "../limits.js";
import { summarize } from "../log.js";
import type { Nothing } from "../types.js";
import type { Visitor } from "../who.js";
import { assertPassword, credentialsChanged, personalDetails, queueMail } from "./credentials.js";
import type { Delivery } from "./delivery.js";
import { verificationDelivery } from "./email-verification.js";
import { assertLiveSecret, consumeSecret } from "./secrets.js";

/** Queues one row and looks nothing up: what it does and costs is the same whoever has an account. */
export async function requestPasswordReset(deps: Deps, who: Visitor, { email }: { email: string }): Promise<Nothing> {
  await queueMail(deps, who, { kind: "reset_password", address: email });
  deps.mailQueued();
  return {};
}

/** At delivery: an unverified account gets the verification mail instead, an unknown address nothing. */
export async function planResetMail(deps: Deps, address: string): Promise<Delivery | null> {
  const user = await db.findUserByEmail(deps.db, foldName(address));
  if (!user?.email || user.isDisabled) return null;
  if (user.emailVerifiedAt === null) return verificationDelivery(deps, user);
  return {
    mail: "reset_password",
    to: user.email,
    secret: { purpose: "reset_password", userId: user.id, minutes: deps.settings.tokens.resetMinutes },
    path: "/reset-password",
  };
}

/**
 * Sets a new password with a mailed secret. Every session and every other secret of the account ends, and the address
 * counts as verified. Nobody is signed in. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`, `VALIDATION`.
 */
export async function resetPassword(deps: Deps, who: Visitor, { token, newPassword }: ResetInput): Promise<Nothing> {
  // Before the secret is used up: a password that is refused must not cost the link.
  assertPassword(deps, newPassword, { field: "newPassword", personal: [] });
  // Likewise before the hash: links can be made up faster than passwords are hashed.
  await assertLiveSecret(deps, "reset_password", token);
  const hash = await deps.passwords.hash(newPassword); // outside the transaction: it is slow
  const user = await inTransaction(deps, async (deps) => {
    const secret = await consumeSecret(deps, "reset_password", token);
    const owner = { id: secret.userId, verifiedEmailKey: foldName(secret.email) };
    const user = await db.raiseCredentialVersion(deps.db, owner, deps.now());
    if (!user || user.isDisabled) throw new KeywrightError("TOKEN_INVALID");
    assertPassword(deps, newPassword, { field: "newPassword", personal: personalDetails(user) });
    await db.savePassword(deps.db, { userId: user.id, hash, updatedAt: deps.now() });
    await credentialsChanged(deps, who, { user, notice: "password_reset_notice", kind: "password.reset" });
    return user;
  });
  deps.mailQueued();
  await liftPasswordLock(deps, who, user);
  return {};
}

/** Whoever has the mailbox is the owner: guesses by others no longer keep them out. */
async function liftPasswordLock(deps: Deps, who: Visitor, user: UserRow): Promise<void> {
  const names = [user.email, user.username].filter((name) => name !== null);
  const lifted = names.map((name) => deps.limits.passwordTries.forget(accountKey(foldName(name))));
  await Promise.all(lifted).catch((error: unknown) => {
    // The password is changed; the lock ends by itself.
    deps.log({ level: "warn", message: "A lock was not lifted.", requestId: who.requestId, error: summarize(error) });
  });
}
