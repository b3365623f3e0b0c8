import type { UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import type { ResetInput } from "../../contract/input-types.js";
import { KeywrightError } from "../../contract/reasons.js";
import { type Deps, inTransaction } from "../../deps.js";
import { foldName } from "../../inputs/fields.js";
import { liftPasswordLock } from "../../limits/guesses.js";
import type { Visitor } from "../../who.js";
import type { AuditEntry } from "../audit.js";
import { assertNewPassword, assertPassword, credentialsChanged, noticeTo, personalDetails } from "../credentials.js";
import { consumeSecret, getLiveSecret } from "../secrets.js";
import { revocationOf } from "../social/revocation.js";

/** How a particular mailed link leads to a new password. */
export interface PasswordChoice {
  purpose: "reset_password" | "set_password";
  event: "password.reset" | "password.set";
  notice: "password_reset_notice" | "password_set_notice";
  /** Throws if the link must not do this to this account. */
  assertFits(user: UserRow): void;
}

/**
 * Sets a password with a mailed secret and returns the updated account. Ends every session, voids the account's other
 * secrets except links to undo, and marks the address as verified. Nobody is signed in. Throws `TOKEN_INVALID`,
 * `TOKEN_EXPIRED`, `VALIDATION`.
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
    const now = deps.now();
    const user = await consumeForPassword(deps, choice, { token, now });
    assertPassword(deps, newPassword, { field: "newPassword", personal: personalDetails(user) });
    await db.savePassword(deps.db, { userId: user.id, hash, updatedAt: now });
    // Whoever registered an address without proving it chose how to sign in, too.
    const disconnected = await db.deleteUnprovedIdentities(deps.db, user, now);
    const record = {
      events: eventsOf(user, choice, { now, disconnected: disconnected.length }),
      mails: [
        ...noticeTo(deps, user, choice.notice),
        ...(disconnected.length > 0 ? noticeTo(deps, user, "identity_disconnected_notice") : []),
        ...disconnected.flatMap((identity) => revocationOf(deps, identity)),
      ],
    };
    await credentialsChanged(deps, who, { user, proof: "mailbox", ends: "all", record });
    return user;
  });
  await liftPasswordLock(deps, who, user);
  return user;
}

async function consumeForPassword(
  deps: Deps,
  choice: PasswordChoice,
  { token, now }: { token: string; now: Date },
): Promise<UserRow> {
  const secret = await consumeSecret(deps, choice.purpose, token);
  const change = { userId: secret.userId, verifiedEmailKey: foldName(secret.email) };
  const user = await db.raiseCredentialVersion(deps.db, change, now);
  if (!user || user.isDisabled) throw new KeywrightError("TOKEN_INVALID");
  choice.assertFits(user);
  return user;
}

/** The link also verified the mailbox, if nothing had before. */
function eventsOf(
  { id: userId, emailVerifiedAt }: UserRow,
  { event }: PasswordChoice,
  { now, disconnected }: { now: Date; disconnected: number },
): AuditEntry[] {
  const isVerifiedNow = emailVerifiedAt?.getTime() === now.getTime();
  return [
    { kind: event, userId },
    ...(isVerifiedNow ? [{ kind: "user.verified" as const, userId }] : []),
    ...(disconnected > 0 ? [{ kind: "identity.disconnected" as const, userId }] : []),
  ];
}
