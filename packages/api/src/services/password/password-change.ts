import * as db from "@keywright/db";
import type { ChangePasswordInput } from "../../contract/input-types.js";
import { fieldError, KeywrightError } from "../../contract/reasons.js";
import { type Deps, inTransaction } from "../../deps.js";
import type { Actor } from "../../who.js";
import { assertNewPassword, credentialsChanged, noticeTo, personalDetails } from "../credentials.js";
import { assertOwnPassword } from "../current-password.js";
import { assertFresh } from "../freshness.js";
import { assertEnded, provingAgain } from "../own-session.js";
import { finishSignIn, type StartedSession, startSession, type UnfinishedSignIn } from "../start-session.js";

/**
 * Changes the caller's password, or sets the first one of an account without. Other devices are signed out unless the caller keeps them, and this one continues with
 * a new session; or returns null if a password change signs everybody out. Throws `WRONG_PASSWORD`, `VALIDATION`,
 * `PASSWORD_UNCHANGED`, `REAUTHENTICATION_REQUIRED`, `NOT_AUTHENTICATED`.
 */
export async function changePassword(
  deps: Deps,
  who: Actor,
  input: ChangePasswordInput,
): Promise<StartedSession | null> {
  const { newPassword: password, confirmPassword, keepOtherSessions: keepOthers = false } = input;
  const started = await provingAgain(deps, who, async (who) => {
    await assertMayChange(deps, who, input);
    const personal = personalDetails(who.user);
    await assertNewPassword(deps, { field: "newPassword", password, confirmPassword, personal, owner: who.user });
    const hash = await deps.passwords.hash(password); // outside the transaction: it is slow
    return await inTransaction(deps, async (deps) => {
      const proved = { userId: who.user.id, version: who.user.credentialVersion };
      const user = await db.raiseCredentialVersion(deps.db, proved);
      if (!user) return "overtaken";
      // Only what was given now makes the new session fresh; an earlier proof does not get younger.
      const isGiven = input.currentPassword !== undefined;
      const authenticatedAt = isGiven ? deps.now() : who.session.authenticatedAt;
      const changed = { ...user, hasPassword: true };
      return await continueSession(deps, who, { user: changed, hash, keepOthers, authenticatedAt });
    });
  });
  return started && (await finishSignIn(deps, who, started));
}

async function assertMayChange(deps: Deps, who: Actor, input: ChangePasswordInput): Promise<void> {
  const { currentPassword, newPassword } = input;
  if (currentPassword === undefined) {
    const fields = fieldError("currentPassword", "REQUIRED");
    if (who.user.hasPassword && deps.settings.password.requireCurrent)
      throw new KeywrightError("VALIDATION", { fields });
    return assertFresh(deps, who);
  }
  await assertOwnPassword(deps, who, { field: "currentPassword", password: currentPassword });
  if (currentPassword.normalize("NFC") !== newPassword.normalize("NFC")) return;
  throw new KeywrightError("PASSWORD_UNCHANGED", { fields: fieldError("newPassword", "PASSWORD_UNCHANGED") });
}

/** Ends the old sessions, this one included, and starts the caller's new one. A concurrent logout wins. */
async function continueSession(
  deps: Deps,
  who: Actor,
  { user, hash, ...given }: { user: db.UserRow; hash: string; keepOthers: boolean; authenticatedAt: Date },
): Promise<UnfinishedSignIn | null> {
  const { isRemembered: remember, deviceName, id } = who.session;
  const signsOut = deps.settings.session.signOutOnPasswordChange;
  const mails = noticeTo(deps, user, "password_changed_notice");
  const ends = given.keepOthers && !signsOut ? { only: id } : "all";
  const event = { kind: "password.changed" as const, userId: user.id, sessionId: id };
  const ended = await credentialsChanged(deps, who, {
    user,
    proof: "password",
    passwordHash: hash,
    ends,
    record: signsOut ? { events: [event], mails } : null,
  });
  assertEnded(deps, who, ended);
  if (signsOut) return null;
  const because = ["password.changed" as const];
  const { authenticatedAt } = given;
  const start = { user, remember, deviceName, unarchived: false, because, mails, authenticatedAt };
  return await startSession(deps, { ...who, presented: null }, start);
}
