import type { UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import type { Deps } from "../../deps.js";
import type { Visitor } from "../../who.js";
import { type AuditEntry, recordEvents } from "../audit.js";
import { isTheirs, noticeTo } from "../credentials.js";
import { takeOver } from "../take-over.js";
import { newIdentity } from "./identity-row.js";
import { chooseNames, missingFields } from "./new-account.js";
import type { Newcomer, UnfinishedOutcome } from "./outcome.js";
import { replaceEarlier } from "./sign-up.js";
import { startSocialSession } from "./start-social-session.js";

/** Somebody new with an address that their provider vouches for, and the account that has it. */
interface Claim {
  newcomer: Newcomer;
  holder: UserRow;
  /** Whether an earlier try of theirs has left an account with another address. */
  hasEarlier: boolean;
}

/**
 * Enters an account by its address: an unverified one, which loses everything that was chosen before, or, if the
 * settings allow it, a verified one.
 */
export async function enterHeld(deps: Deps, who: Visitor, claim: Claim): Promise<UnfinishedOutcome> {
  const { holder } = claim;
  if (holder.isDisabled) return { status: "refused", reason: "ACCOUNT_DISABLED", userId: holder.id };
  if (!isTheirs(deps, holder.emailVerifiedAt !== null)) {
    return await enterUnverified(deps, who, claim);
  }
  const mayLink = deps.settings.social.linkVerifiedEmails && holder.emailVerifiedAt !== null;
  if (!mayLink) return { status: "conflict", email: holder.email ?? "", userId: holder.id };
  return await link(deps, who, claim);
}

/** The address was registered here and never verified; now its owner is here. */
async function enterUnverified(
  deps: Deps,
  who: Visitor,
  { newcomer, holder, hasEarlier }: Claim,
): Promise<UnfinishedOutcome> {
  const names = await chooseNames(deps, newcomer, holder.id);
  const missing = missingFields(deps, newcomer, names);
  if (missing.length > 0) return { status: "registration_incomplete", missing };
  const earlier: AuditEntry[] = [];
  const connect = async ({ id: userId }: UserRow) => {
    earlier.push(...(await addIdentity(deps, who, { newcomer, hasEarlier, userId })));
  };
  const user = await takeOver(deps, who, { ...names, email: holder.email ?? "", connect });
  // It has just been verified, perhaps by another sign-in of the same person, or is gone.
  if (!user) return { status: "overtaken" };
  if (earlier.length > 0) await recordEvents(deps, who, { events: earlier });
  return await startSocialSession(deps, who, { newcomer, user, because: ["identity.connected"], mails: [] });
}

/** Both the account and the provider have verified the address. */
async function link(deps: Deps, who: Visitor, { newcomer, holder, hasEarlier }: Claim): Promise<UnfinishedOutcome> {
  const mark = { now: deps.now(), ip: who.ip, userAgent: who.userAgent };
  const login = await db.recordLogin(deps.db, holder, mark);
  if (!login) return { status: "overtaken" };
  const events = await addIdentity(deps, who, { newcomer, hasEarlier, userId: holder.id });
  if (events.length > 0) await recordEvents(deps, who, { events });
  const { wasArchived: unarchived } = login;
  return await startSocialSession(deps, who, {
    newcomer,
    user: login.user,
    unarchived,
    because: [...(unarchived ? ["user.unarchived" as const] : []), "identity.connected"],
    mails: noticeTo(deps, login.user, "identity_connected_notice"),
  });
}

/** Uses up what the sign-in is based on, too. Returns what happened to an earlier try. */
async function addIdentity(
  deps: Deps,
  who: Visitor,
  { newcomer, userId, hasEarlier }: { newcomer: Newcomer; userId: string; hasEarlier: boolean },
): Promise<AuditEntry[]> {
  const events = hasEarlier ? await replaceEarlier(deps, who, newcomer) : [];
  await db.addIdentity(deps.db, newIdentity(deps, userId, newcomer));
  await newcomer.use?.(deps);
  return events;
}
