import * as db from "@keywright/db";
import { KeywrightError } from "../../contract/reasons.js";
import type { Nothing } from "../../contract/types.js";
import { type Deps, inTransaction } from "../../deps.js";
import { mailedCodeHash } from "../../keys.js";
import { countMail } from "../../limits/limits.js";
import type { MailPlan, QueuedEntry } from "../../mail/plan.js";
import type { Actor } from "../../who.js";
import { isTheirs } from "../credentials.js";
import { queueMail } from "../queue-mail.js";

const codeMinutes = 10;

/**
 * Mails a code with which an account without a password can authenticate again; older codes are void. Throws
 * `PASSWORD_ALREADY_SET` for an account that has a password, `EMAIL_NOT_VERIFIED` for one without a mailbox of its own,
 * `RATE_LIMITED`, and `NOT_AUTHENTICATED` if credentials changed meanwhile.
 */
export async function requestStepUpCode(deps: Deps, who: Actor): Promise<Nothing> {
  const { id: userId, email, emailVerifiedAt, hasPassword, credentialVersion } = who.user;
  if (hasPassword) throw new KeywrightError("PASSWORD_ALREADY_SET");
  if (email === null || !isTheirs(deps, emailVerifiedAt !== null)) throw new KeywrightError("EMAIL_NOT_VERIFIED");
  await countMail({ deps }, "code", email);
  await inTransaction(deps, async (deps) => {
    const version = await db.holdCredentials(deps.db, userId);
    if (version !== credentialVersion) throw new KeywrightError("NOT_AUTHENTICATED");
    await db.voidSecretsOf(deps.db, userId, "step_up");
    await db.dropQueuedMails(deps.db, { userId, kinds: ["step_up_code"], now: deps.now() });
    await queueMail(deps, who, { kind: "step_up_code", address: email, about: who.user });
  });
  return {};
}

/** At delivery: nothing if credentials have changed since the request. */
export async function planStepUpMail(deps: Deps, entry: QueuedEntry): Promise<MailPlan | null> {
  const user = entry.userId === null ? null : await db.findUserById(deps.db, entry.userId);
  if (!user?.email || user.isDisabled || user.credentialVersion !== entry.credentialVersion) return null;
  const secret = { purpose: "step_up" as const, userId: user.id, minutes: codeMinutes, takesOver: false };
  return { mail: "step_up_code", to: user.email, secret, page: null };
}

/** Consumes the caller's code; spaces in it do not matter. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`. */
export async function consumeStepUpCode(deps: Deps, { user }: Actor, code: string): Promise<void> {
  const digits = code.replaceAll(/[\s-]/g, "");
  for (const keys of deps.keys.all) {
    const secret = await db.consumeSecret(deps.db, "step_up", mailedCodeHash(user.id, digits, keys));
    if (secret && secret.expiresAt <= deps.now()) throw new KeywrightError("TOKEN_EXPIRED");
    if (secret) return;
  }
  throw new KeywrightError("TOKEN_INVALID");
}
