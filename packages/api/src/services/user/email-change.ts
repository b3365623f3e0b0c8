import * as db from "@keywright/db";
import { KeywrightError } from "../../contract/reasons.js";
import type { Nothing } from "../../contract/types.js";
import { type Deps, inTransaction } from "../../deps.js";
import { foldName } from "../../inputs/fields.js";
import { countChange, countMail } from "../../limits/limits.js";
import { type MailPlan, notice, type QueuedEntry, secretMail, takeOverPayload, takingOver } from "../../mail/plan.js";
import type { Actor, Visitor } from "../../who.js";
import { type AuditEntry, recordEvents } from "../audit.js";
import { credentialsChanged, isTheirs } from "../credentials.js";
import { assertOwner } from "../current-password.js";
import { provingAgain } from "../own-session.js";
import { setPasswordPlan } from "../password/password-set.js";
import type { QueuedMail } from "../queue-mail.js";
import { consumeSecret } from "../secrets.js";
import { revocationOf } from "../social/revocation.js";
import { endLoser, takeEmail } from "./take-email.js";

/** How long the owner of the old mailbox can undo a change. */
const undoDays = 7;

/** The mails with a link to undo. */
const undoKinds = ["email_changed_notice", "unproved_email_changed_notice"] as const;

/**
 * Asks the new mailbox for consent; nothing changes until then. Whether the address has an account is determined at
 * delivery and not revealed to the caller. Throws `WRONG_PASSWORD`, `RATE_LIMITED`, `NOT_AUTHENTICATED`; without a
 * password, `REAUTHENTICATION_REQUIRED`.
 */
export async function requestEmailChange(
  deps: Deps,
  who: Actor,
  { email, password }: { email: string; password?: string | undefined },
): Promise<Nothing> {
  const event = { kind: "email.change_requested" as const, userId: who.user.id, sessionId: who.session.id };
  return await provingAgain(deps, who, async (who) => {
    await assertOwner(deps, who, { password });
    // An account that asks for one address after another is a relay.
    await countChange(deps, who.user.id);
    // Only now: a wrong password must not use up what the address's owner may be sent.
    await countMail({ deps }, "change", email);
    return await inTransaction(deps, async (deps) => {
      if (!(await voidOlderRequests(deps, who))) return "overtaken";
      const mail = { kind: "confirm_email_change" as const, address: email, about: who.user };
      await recordEvents(deps, who, { events: [event], mails: [mail] });
      return {};
    });
  });
}

/**
 * Done here, not at delivery, where it would depend on who has the new address: whether an older link still works would
 * reveal to the caller whether that address has an account. Of two concurrent requests, the second waits and sees the
 * first. False if credentials have changed. Throws `NOT_AUTHENTICATED` if the caller's session has ended meanwhile: who
 * ended it has voided what it had asked for, and nothing may come after that.
 */
async function voidOlderRequests(
  deps: Deps,
  { user: { id: userId, credentialVersion: version }, session }: Actor,
): Promise<boolean> {
  if ((await db.holdCredentials(deps.db, userId)) !== version) return false;
  if (!(await db.hasSession(deps.db, userId, session.id))) throw new KeywrightError("NOT_AUTHENTICATED");
  await db.voidSecretsOf(deps.db, userId, "change_email");
  await db.dropQueuedMails(deps.db, { userId, kinds: ["confirm_email_change"], now: deps.now() });
  return true;
}

/**
 * At delivery: an address that already belongs to another account, as `isTheirs` defines it, stays there, and its owner
 * is notified instead.
 */
export async function planConfirmMail(deps: Deps, entry: QueuedEntry): Promise<MailPlan | null> {
  const user = entry.userId === null ? null : await db.findUserById(deps.db, entry.userId);
  if (!user || user.isDisabled || user.credentialVersion !== entry.credentialVersion) return null;
  const holder = await db.findUserByEmail(deps.db, foldName(entry.address));
  if (holder && holder.id !== user.id && isTheirs(deps, holder.emailVerifiedAt !== null)) {
    return notice("email_in_use", holder.email ?? entry.address);
  }
  const minutes = deps.settings.tokens.changeEmailHours * 60;
  return secretMail(user, entry.address, { mail: "confirm_email_change", purpose: "change_email", minutes });
}

/**
 * Gives the account the address that the secret was sent to, as verified. Every other session ends (all of them, unless
 * the caller is signed in to this account), and the old mailbox gets a link to undo. Throws `TOKEN_INVALID`,
 * `TOKEN_EXPIRED`, `EMAIL_TAKEN`.
 */
export async function confirmEmailChange(
  deps: Deps,
  who: Visitor & Partial<Actor>,
  { token }: { token: string },
): Promise<Nothing> {
  await changingEmail(deps, async (deps) => {
    const secret = await consumeSecret(deps, "change_email", token);
    const { user, oldEmail, wasVerified, loser } = await takeEmail(deps, who, { secret });
    const ends = who.user?.id === user.id && who.session ? { allBut: who.session.id } : "all";
    const event = { kind: "email.changed" as const, userId: user.id, oldEmail, newEmail: secret.email };
    const mails = undoLink(deps, { id: user.id, oldEmail, wasVerified });
    await credentialsChanged(deps, who, { user, proof: "mailbox", ends, record: null });
    await recordEvents(deps, who, { events: [...(await endLoser(deps, who, loser)), event], mails });
  });
  return {};
}

/** Only for a verified mailbox: a stranger whose address was mistyped must not get the account through the link. */
function undoLink(
  deps: Deps,
  { id, oldEmail, wasVerified }: { id: string; oldEmail: string | null; wasVerified: boolean },
): QueuedMail[] {
  if (oldEmail === null || !isTheirs(deps, wasVerified)) return [];
  const kind = wasVerified ? "email_changed_notice" : "unproved_email_changed_notice";
  return [{ kind, address: oldEmail, about: { id, credentialVersion: null } }];
}

/** At delivery, to the old address: the link that undoes the change. */
export async function planChangedMail(deps: Deps, { userId, address }: QueuedEntry): Promise<MailPlan | null> {
  const user = userId === null ? null : await db.findUserById(deps.db, userId);
  if (!user) return null;
  const minutes = undoDays * 1440;
  return secretMail(user, address, { mail: "email_changed_notice", purpose: "undo_email_change", minutes });
}

/** The same, to an address that the account had never proved: to follow the link is its mailbox's first proof. */
export async function planUnprovedChangedMail(deps: Deps, entry: QueuedEntry): Promise<MailPlan | null> {
  return takingOver(await planChangedMail(deps, entry));
}

/**
 * Gives the account its old address back. Whoever changed the address knew the password, so it is deleted, with the
 * identities connected since, and every session ends; an archiving or a deactivation since then is undone, links sent for
 * later changes are voided, and the old mailbox gets a link to choose a new password. If this is that mailbox's first
 * proof, all identities go, as `handOver` has it. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`, `EMAIL_TAKEN`.
 */
export async function undoEmailChange(deps: Deps, who: Visitor, { token }: { token: string }): Promise<Nothing> {
  await changingEmail(deps, async (deps) => {
    const secret = await consumeSecret(deps, "undo_email_change", token);
    const { userId, email: newEmail, createdAt: since } = secret;
    const { user, oldEmail, loser } = await takeEmail(deps, who, { secret, reviveSince: since });
    const isFirstProof = secret.payload === takeOverPayload;
    // Whoever changed the address knew the password, and may have connected an identity since; or before, if nobody had
    // proved that it was theirs.
    const gone = await db.deleteWaysIn(deps.db, userId, isFirstProof ? undefined : since);
    await credentialsChanged(deps, who, { user, proof: "mailbox", ends: "all", undoneSince: since, record: null });
    const events: AuditEntry[] = [
      ...(await endLoser(deps, who, loser)),
      { kind: "email.restored", userId, oldEmail, newEmail },
      ...(isFirstProof ? [{ kind: "user.verified" as const, userId }] : []),
      ...(gone.length > 0 ? [{ kind: "identity.disconnected" as const, userId }] : []),
    ];
    // None of them is being minted: that begins with the lock on the account, which this transaction has.
    await db.dropQueuedMails(deps.db, { userId, kinds: undoKinds, since, now: deps.now() });
    const revocations = gone.flatMap((identity) => revocationOf(deps, identity));
    const mails = [{ kind: "email_restored_notice" as const, address: newEmail }, ...revocations];
    await recordEvents(deps, who, { events, mails });
  });
  return {};
}

/** At delivery: a link to choose a password, with its own text; nothing if a password was chosen meanwhile. */
export async function planRestoredMail(deps: Deps, { address }: QueuedEntry): Promise<MailPlan | null> {
  const user = await db.findUserByEmail(deps.db, foldName(address));
  const plan = user && !user.isDisabled && !user.hasPassword ? setPasswordPlan(deps, user) : null;
  return plan && { ...plan, mail: "email_restored_notice" };
}

/** Once more if the address was taken meanwhile: a registration that proved nothing must give it up again. */
async function changingEmail(deps: Deps, work: (deps: Deps) => Promise<void>): Promise<void> {
  const isTaken = (error: unknown) => db.violatedConstraint(error) === "users_email_key";
  try {
    return await inTransaction(deps, work);
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
  try {
    await inTransaction(deps, work);
  } catch (error) {
    throw isTaken(error) ? new KeywrightError("EMAIL_TAKEN") : error;
  }
}
