import type { IdentityLogin, UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import { KeywrightError } from "../../contract/reasons.js";
import { type Deps, inTransaction } from "../../deps.js";
import { foldName } from "../../inputs/fields.js";
import { countMail } from "../../limits/limits.js";
import type { MarkedAccount } from "../../sessions/device-mark.js";
import type { Visitor } from "../../who.js";
import { signInNotices } from "../sign-in-notices.js";
import { finishSignIn } from "../start-session.js";
import { enterHeld } from "./held-address.js";
import type { SocialProof } from "./identify.js";
import { sealTokens } from "./identity-row.js";
import type { Newcomer, SocialOutcome, UnfinishedOutcome } from "./outcome.js";
import { noteRefusal, refuseConflict, refuseSignIn } from "./refuse.js";
import { missingForSignUp, signUp } from "./sign-up.js";
import { startSocialSession } from "./start-social-session.js";

/**
 * Who signs in with this proof. How the session should be is what the round trip was begun with, else what the caller
 * says. Throws `TOKEN_INVALID` if the round trip was begun for something else.
 */
export function newcomerOf(
  { provider, identity, tokens, flow }: SocialProof,
  { remember, deviceName, devices }: SignInChoices,
): Newcomer {
  if (flow && flow.purpose !== "login") throw new KeywrightError("TOKEN_INVALID");
  return {
    provider,
    identity,
    tokens,
    remember: remember ?? flow?.remember ?? true,
    deviceName: deviceName ?? flow?.deviceName ?? null,
    devices,
  };
}

export interface SignInChoices {
  remember?: boolean | undefined;
  deviceName?: string | undefined;
  /** The accounts that have signed in on this browser before. */
  devices: MarkedAccount[];
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
  try {
    const outcome = await inOne(deps, (deps) => enter(deps, who, newcomer));
    if (outcome.status !== "unproved") return await finishOutcome(deps, who, outcome);
    return await signUpUnproved(deps, who, { newcomer, unproved: outcome });
  } catch (error) {
    return await noteRefusal(deps, who, error);
  }
}

/**
 * Creates an account with an address that nobody vouches for. Where a taken one is answered like a free one, every
 * repetition mails its owner, so that they are counted.
 */
async function signUpUnproved(
  deps: Deps,
  who: Visitor,
  { newcomer, unproved: { email, isOwn } }: { newcomer: Newcomer; unproved: { email: string; isOwn: boolean } },
): Promise<SocialOutcome> {
  await countMail({ deps }, "register", email);
  const earlier = { isPossible: true, isSame: isOwn };
  return await finishOutcome(deps, who, await inOne(deps, (deps) => signUp(deps, who, { newcomer, earlier })));
}

/** In one transaction. Of two first sign-ins of one person at once, the second finds the account of the first. */
async function inOne(deps: Deps, work: (deps: Deps) => Promise<UnfinishedOutcome>): Promise<UnfinishedOutcome> {
  for (let attempt = 1; attempt < maxAttempts; attempt++) {
    try {
      const outcome = await inTransaction(deps, work);
      if (outcome.status !== "overtaken") return outcome;
    } catch (error) {
      if (!takenMeanwhile.includes(db.violatedConstraint(error) ?? "")) throw error;
    }
  }
  return await inTransaction(deps, work);
}

const takenMeanwhile = ["identities_issuer_subject", "users_username_key"];

/** After the commit: makes the tokens, or records the refusal and throws it. */
async function finishOutcome(deps: Deps, who: Visitor, outcome: UnfinishedOutcome): Promise<SocialOutcome> {
  if (outcome.status === "refused") return await refuseSignIn(deps, who, outcome);
  if (outcome.status === "conflict") return await refuseConflict(deps, who, outcome);
  if (outcome.status === "overtaken") return await refuseSignIn(deps, who, { reason: "EMAIL_CONFLICT", userId: null });
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
  const hindrance = owner && hindranceOf(owner, mustBeVerified);
  if (hindrance) return hindrance;
  const isVouched = identity.isEmailVouched && identity.email !== null;
  const isOwn = owner !== null && owner.id === holder?.id;
  if (identity.email !== null && !isVouched && mustBeVerified) {
    // A call that ends here mails nobody, and tells nothing about the address: it is not counted.
    const missing = await missingForSignUp(deps, newcomer);
    if (missing.length > 0) return { status: "registration_incomplete", missing };
    return { status: "unproved", email: identity.email, isOwn };
  }
  if (!isVouched || !holder) {
    return await signUp(deps, who, { newcomer, earlier: { isPossible: owner !== null, isSame: isOwn } });
  }
  const hasEarlier = owner !== null && !isOwn;
  if (hasEarlier) await db.holdUsers(deps.db, [owner.id, holder.id]);
  return await enterHeld(deps, who, { newcomer, holder, hasEarlier });
}

/**
 * Why the account that has the identity could not be entered. Null if that never happened yet: its address must be
 * verified, and may have been mistyped.
 */
function hindranceOf(
  { id: userId, isDisabled, emailVerifiedAt, lastLoginAt }: UserRow,
  mustBeVerified: boolean,
): UnfinishedOutcome | null {
  if (isDisabled) return { status: "refused", reason: "ACCOUNT_DISABLED", userId };
  // Connected since the first statement.
  if (!mustBeVerified || emailVerifiedAt !== null) return { status: "overtaken" };
  return lastLoginAt === null ? null : { status: "refused", reason: "EMAIL_NOT_VERIFIED", userId };
}

async function comeBack(
  deps: Deps,
  who: Visitor,
  { newcomer, login }: { newcomer: Newcomer; login: IdentityLogin },
): Promise<UnfinishedOutcome> {
  const { user, wasArchived, isFirst, hasSessionLikeIt } = login;
  const isKnownDevice = newcomer.devices.some(({ id, credentialVersion }) => {
    return id === user.id && credentialVersion === user.credentialVersion;
  });
  const isKnown = hasSessionLikeIt || isFirst || isKnownDevice;
  await newcomer.use?.(deps);
  return await startSocialSession(deps, who, {
    newcomer,
    user,
    unarchived: wasArchived,
    because: wasArchived ? ["user.unarchived"] : [],
    mails: signInNotices(deps, user, { unarchived: wasArchived, isKnown }),
  });
}
