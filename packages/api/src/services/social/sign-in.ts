import type { IdentityLogin, UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import { KeywrightError } from "../../contract/reasons.js";
import { type Deps, inTransaction } from "../../deps.js";
import { foldName } from "../../inputs/fields.js";
import { countMail } from "../../limits/limits.js";
import type { Visitor } from "../../who.js";
import type { PlainEventKind } from "../audit.js";
import { isTheirs, noticeTo } from "../credentials.js";
import { type QueuedMail, queueMail } from "../queue-mail.js";
import { signInNotices } from "../sign-in-notices.js";
import { finishSignIn, startSession } from "../start-session.js";
import { takeOver } from "../take-over.js";
import type { SocialProof } from "./identify.js";
import { newIdentity, sealTokens } from "./identity-row.js";
import type { Newcomer, SocialOutcome, UnfinishedOutcome } from "./outcome.js";
import { signUp } from "./sign-up.js";

/**
 * Who signs in with this proof. How the session should be is what the round trip was begun with, else what the caller
 * says. Throws `TOKEN_INVALID` if the round trip was begun for something else.
 */
export function newcomerOf(
  { provider, identity, tokens, flow }: SocialProof,
  { remember, deviceName }: { remember?: boolean | undefined; deviceName?: string | undefined },
): Newcomer {
  if (flow && flow.purpose !== "login") throw new KeywrightError("TOKEN_INVALID");
  return {
    provider,
    identity,
    tokens,
    remember: remember ?? flow?.remember ?? true,
    deviceName: deviceName ?? flow?.deviceName ?? null,
  };
}

const maxAttempts = 3;

/**
 * Signs in the account that has the identity. Without one: an address that the provider vouches for leads to a new
 * account, or to an unverified one, which loses everything that was chosen before; an address of a verified account is
 * a conflict, unless the settings let it be linked. An address that nobody vouches for is treated as in `register`.
 * Throws `ACCOUNT_DISABLED`, `EMAIL_NOT_VERIFIED`, `REGISTRATION_CLOSED`, `EMAIL_TAKEN`, `USERNAME_TAKEN`,
 * `EMAIL_CONFLICT`.
 */
export async function signInWithIdentity(deps: Deps, who: Visitor, newcomer: Newcomer): Promise<SocialOutcome> {
  const outcome = await inOne(deps, (deps) => enter(deps, who, newcomer));
  if (outcome.status !== "unproved") return await finishOutcome(deps, who, outcome);
  return await signUpUnproved(deps, who, { newcomer, email: outcome.email });
}

/**
 * Creates an account with an address that nobody vouches for. Where a taken one is answered like a free one, every
 * repetition mails its owner, so that they are counted.
 */
async function signUpUnproved(
  deps: Deps,
  who: Visitor,
  { newcomer, email }: { newcomer: Newcomer; email: string },
): Promise<SocialOutcome> {
  await countMail({ deps }, "register", email);
  return await finishOutcome(deps, who, await inOne(deps, (deps) => signUp(deps, who, newcomer)));
}

/** In one transaction. Of two first sign-ins of one person at once, the second finds the account of the first. */
async function inOne<T>(deps: Deps, work: (deps: Deps) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTransaction(deps, work);
    } catch (error) {
      if (attempt === maxAttempts || db.violatedConstraint(error) !== "identities_issuer_subject") throw error;
    }
  }
}

/** After the commit: makes the tokens, or tells the owner of an address about a conflict. Throws `EMAIL_CONFLICT`. */
async function finishOutcome(deps: Deps, who: Visitor, outcome: UnfinishedOutcome): Promise<SocialOutcome> {
  if (outcome.status === "conflict") {
    await tellOwner(deps, who, outcome.email);
    throw new KeywrightError("EMAIL_CONFLICT");
  }
  if (outcome.status === "unproved") throw new Error("an unproved address must be counted first");
  if (outcome.status !== "started") return outcome;
  const { started, created } = outcome;
  return { status: "signed_in", started: await finishSignIn(deps, who, started), created };
}

async function enter(deps: Deps, who: Visitor, newcomer: Newcomer): Promise<UnfinishedOutcome> {
  const { identity } = newcomer;
  const mustBeVerified = deps.settings.registration.verification === "mandatory";
  const sealedTokens = sealTokens(deps, newcomer);
  const mark = { now: deps.now(), ip: who.ip, userAgent: who.userAgent, mustBeVerified, sealedTokens };
  const login = await db.recordIdentityLogin(deps.db, identity, mark);
  if (login) return await comeBack(deps, who, { newcomer, login });
  const emailKey = identity.email === null ? null : foldName(identity.email);
  const { owner, holder } = await db.findForIdentity(deps.db, identity, emailKey);
  if (owner) throw new KeywrightError(owner.isDisabled ? "ACCOUNT_DISABLED" : "EMAIL_NOT_VERIFIED");
  const isVouched = identity.isEmailVouched && identity.email !== null;
  if (identity.email !== null && !isVouched && mustBeVerified) return { status: "unproved", email: identity.email };
  if (!isVouched || !holder) return await signUp(deps, who, newcomer);
  if (holder.isDisabled) throw new KeywrightError("ACCOUNT_DISABLED");
  if (!isTheirs(deps, holder.emailVerifiedAt !== null)) return await enterUnverified(deps, who, newcomer);
  const mayLink = deps.settings.social.linkVerifiedEmails && holder.emailVerifiedAt !== null;
  if (!mayLink) return { status: "conflict", email: holder.email ?? "" };
  return await link(deps, who, { newcomer, holder });
}

async function comeBack(
  deps: Deps,
  who: Visitor,
  { newcomer, login }: { newcomer: Newcomer; login: IdentityLogin },
): Promise<UnfinishedOutcome> {
  const { user, wasArchived, isFirst, hasSessionLikeIt } = login;
  const isKnown = hasSessionLikeIt || isFirst;
  return await started(deps, who, {
    newcomer,
    user,
    unarchived: wasArchived,
    because: wasArchived ? ["user.unarchived"] : [],
    mails: signInNotices(deps, user, { unarchived: wasArchived, isKnown }),
  });
}

/** The address was registered here and never verified; now its owner is here. */
async function enterUnverified(deps: Deps, who: Visitor, newcomer: Newcomer): Promise<UnfinishedOutcome> {
  const { email, firstName, lastName } = newcomer.identity;
  const user = await takeOver(deps, who, { email: email ?? "", firstName, lastName });
  // It has just been verified, or is gone.
  if (!user) throw new KeywrightError("EMAIL_CONFLICT");
  await addIdentity(deps, user.id, newcomer);
  return await started(deps, who, { newcomer, user, because: ["identity.connected"], mails: [] });
}

/** Both the account and the provider have verified the address. */
async function link(
  deps: Deps,
  who: Visitor,
  { newcomer, holder }: { newcomer: Newcomer; holder: UserRow },
): Promise<UnfinishedOutcome> {
  const mark = { now: deps.now(), ip: who.ip, userAgent: who.userAgent };
  const login = await db.recordLogin(deps.db, holder, mark);
  if (!login) throw new KeywrightError("EMAIL_CONFLICT");
  await addIdentity(deps, holder.id, newcomer);
  const unarchived = holder.archivedAt !== null;
  return await started(deps, who, {
    newcomer,
    user: login.user,
    unarchived,
    because: [...(unarchived ? ["user.unarchived" as const] : []), "identity.connected"],
    mails: noticeTo(deps, login.user, "identity_connected_notice"),
  });
}

async function addIdentity(deps: Deps, userId: string, newcomer: Newcomer): Promise<void> {
  // Taken a moment ago, by another sign-in of the same person.
  if (!(await db.createIdentity(deps.db, newIdentity(deps, userId, newcomer))))
    throw new KeywrightError("EMAIL_CONFLICT");
}

async function started(
  deps: Deps,
  who: Visitor,
  start: { newcomer: Newcomer; user: UserRow; unarchived?: boolean; because: PlainEventKind[]; mails: QueuedMail[] },
): Promise<UnfinishedOutcome> {
  const { newcomer, user, unarchived = false, because, mails } = start;
  const { remember, deviceName } = newcomer;
  await newcomer.use?.(deps);
  const session = await startSession(deps, who, { user, remember, deviceName, unarchived, because, mails });
  return { status: "started", started: session, created: false };
}

/** How to connect the provider; no more often than any other mail. */
async function tellOwner(deps: Deps, who: Visitor, email: string): Promise<void> {
  try {
    await countMail({ deps }, "conflict", email);
    await queueMail(deps, who, { kind: "sign_in_conflict_notice", address: email });
  } catch (error) {
    if (!(error instanceof KeywrightError)) throw error;
  }
}
