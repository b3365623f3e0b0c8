import type { SecretRow, UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import { KeywrightError } from "../../contract/reasons.js";
import type { Nothing } from "../../contract/types.js";
import { type Deps, inTransaction } from "../../deps.js";
import { foldName } from "../../inputs/fields.js";
import { type MailPlan, type QueuedEntry, secretMail } from "../../mail/plan.js";
import type { Visitor } from "../../who.js";
import { recordEvents } from "../audit.js";
import { setPasswordPlan, takeOverPlan } from "../password/password-set.js";
import { queueMail } from "../queue-mail.js";
import { consumeSecret } from "../secrets.js";
import { finishSignIn, type StartedSession, startSession } from "../start-session.js";
import { rememberUsedLink, wasUsedLately } from "./used-link.js";

/** Queues one row and looks nothing up: its effect and its cost do not depend on whether the address has an account. */
export async function resendVerification(deps: Deps, who: Visitor, { email }: { email: string }): Promise<Nothing> {
  await queueMail(deps, who, { kind: "verify_email", address: email });
  return {};
}

/**
 * At delivery: no mail if the address is already verified or unknown, or if the settings do not verify addresses. An
 * account without a password gets the link to choose one, which verifies the address as well. To ask again is not to
 * contest: the account gets again what it is due, a link that only verifies unless somebody else has asked for one.
 */
export async function planVerificationMail(deps: Deps, { address }: QueuedEntry): Promise<MailPlan | null> {
  const user = await db.findUserByEmail(deps.db, foldName(address));
  if (!user || user.isDisabled || user.emailVerifiedAt !== null) return null;
  // Somebody who signs in with a provider needs no password.
  const needsPassword = !user.hasPassword && (await db.countIdentities(deps.db, user.id)) === 0;
  if (needsPassword) return setPasswordPlan(deps, user);
  if (deps.settings.registration.verification === "none") return null;
  return (await db.isContested(deps.db, user.id)) ? takeOverPlan(deps, user) : verificationPlan(deps, user);
}

function verificationPlan(deps: Deps, user: UserRow): MailPlan | null {
  if (user.email === null) return null;
  const minutes = deps.settings.tokens.verifyHours * 60;
  return secretMail(user, user.email, { mail: "verify_email", purpose: "verify_email", minutes });
}

/**
 * Verifies the mailbox that the secret was sent to. By default nobody is signed in: the person who registered the
 * address chose the password, and may not be the one reading the mail. Null unless `registration.signInOnVerification`
 * is set. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`, and `ALREADY_VERIFIED` for another hour after the link was used.
 */
export async function verifyEmail(
  deps: Deps,
  who: Visitor,
  input: { token: string; deviceName?: string | undefined },
): Promise<StartedSession | null> {
  const started = await inTransaction(deps, async (deps) => {
    const secret = await consumeLink(deps, input.token);
    const owner = { id: secret.userId, emailKey: foldName(secret.email) };
    const result = await db.verifyEmail(deps.db, owner, deps.now());
    if (!result || result.user.isDisabled) throw new KeywrightError("TOKEN_INVALID");
    if (result.wasVerified) throw new KeywrightError("ALREADY_VERIFIED");
    await rememberUsedLink(deps, secret);
    if (!deps.settings.registration.signInOnVerification) {
      await recordEvents(deps, who, { events: [{ kind: "user.verified", userId: result.user.id }] });
      return null;
    }
    return await startSession(deps, who, {
      user: result.user,
      remember: true,
      deviceName: input.deviceName ?? null,
      unarchived: false,
      because: ["user.verified"],
      mails: [],
      // The reader of a mail may not be who registered.
      authenticatedAt: null,
    });
  });
  return started && (await finishSignIn(deps, who, started));
}

/** Of two callers at once, the second waits for the first, and then sees what it has remembered. */
async function consumeLink(deps: Deps, token: string): Promise<SecretRow> {
  try {
    return await consumeSecret(deps, "verify_email", token);
  } catch (error) {
    if (await wasUsedLately(deps, token)) throw new KeywrightError("ALREADY_VERIFIED");
    throw error;
  }
}
