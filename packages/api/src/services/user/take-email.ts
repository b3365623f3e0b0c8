import type { AddressLoser, SecretRow, UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import { KeywrightError } from "../../contract/reasons.js";
import type { Deps } from "../../deps.js";
import { foldName } from "../../inputs/fields.js";
import type { Visitor } from "../../who.js";
import { removeUnlessInUse } from "../account-in-use.js";
import type { AuditEntry } from "../audit.js";
import { credentialsChanged, isTheirs } from "../credentials.js";

/**
 * Gives an account the address of a secret that was just consumed, which proves its mailbox. An account that registered
 * that address without verifying it loses it: `loser`, for `endLoser`. With `reviveSince` the account takes its own
 * address back: an archiving or a deactivation since then is undone, and an account that was deactivated loses it as well.
 * Throws `TOKEN_INVALID`; a taken address violates `users_email_key`.
 */
export async function takeEmail(
  deps: Deps,
  _who: Visitor,
  { secret: { userId, email }, reviveSince }: { secret: SecretRow; reviveSince?: Date },
) {
  const emailKey = foldName(email);
  // If nothing is ever verified, every address belongs to its account without proof; but not to one that came after it.
  const mayTake = reviveSince !== undefined || !isTheirs(deps, false);
  const other = { emailKey, exceptUserId: userId, orDeactivated: reviveSince !== undefined };
  const loser = mayTake ? await db.releaseEmail(deps.db, other) : null;
  const change = { userId, email, emailKey, ...(reviveSince && { reviveSince }) };
  const changed = await db.changeEmail(deps.db, change, deps.now());
  if (!changed || changed.user.isDisabled) throw new KeywrightError("TOKEN_INVALID");
  return { ...changed, loser };
}

/** What becomes of an account that has lost its address, later in the same transaction; returns what is to be recorded. */
export async function endLoser(deps: Deps, who: Visitor, loser: AddressLoser | null): Promise<AuditEntry[]> {
  if (!loser) return [];
  const { user, isDeactivated } = loser;
  const { id: userId } = user;
  // Whoever keeps deactivated accounts keeps this one, too.
  const isLost = !isDeactivated && user.username === null && (await db.countIdentities(deps.db, userId)) === 0;
  if (isLost && (await isRemoved(deps, who, user))) return [{ kind: "user.deleted", userId }];
  await credentialsChanged(deps, who, { user, proof: "mailbox", ends: "all", record: null });
  return [{ kind: "email.released", userId }];
}

/**
 * With neither a name nor an identity, nobody could sign in to it any more, and no clean-up would find it. False if rows
 * of the app's own refer to it: then it stays, empty as it is.
 */
async function isRemoved(
  deps: Deps,
  who: Visitor,
  { id: userId, credentialVersion: version }: UserRow,
): Promise<boolean> {
  if (!(await removeUnlessInUse(deps, who, (tx) => db.deleteUser(tx, { userId, version })))) return false;
  await deps.tokenManager.revokeAll(deps, { userId });
  return true;
}
