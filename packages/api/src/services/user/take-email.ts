import type { SecretRow, UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import { KeywrightError } from "../../contract/reasons.js";
import type { Deps } from "../../deps.js";
import { foldName } from "../../inputs/fields.js";
import type { Visitor } from "../../who.js";
import { removeUnlessInUse } from "../account-in-use.js";
import { recordEvents } from "../audit.js";
import { credentialsChanged, isTheirs } from "../credentials.js";

/**
 * Gives an account the address of a secret that was just consumed, which proves its mailbox. An account that registered
 * that address without verifying it loses it. With `reviveSince`, an archiving or a deactivation since then is undone.
 * Throws `TOKEN_INVALID`; a taken address violates `users_email_key`.
 */
export async function takeEmail(
  deps: Deps,
  who: Visitor,
  { secret: { userId, email }, reviveSince }: { secret: SecretRow; reviveSince?: Date },
) {
  const emailKey = foldName(email);
  // If nothing is ever verified, every address belongs to its account without proof.
  if (!isTheirs(deps, false)) await releaseEmail(deps, who, { emailKey, userId });
  const change = { userId, email, emailKey, ...(reviveSince && { reviveSince }) };
  const changed = await db.changeEmail(deps.db, change, deps.now());
  if (!changed || changed.user.isDisabled) throw new KeywrightError("TOKEN_INVALID");
  return changed;
}

async function releaseEmail(
  deps: Deps,
  who: Visitor,
  { emailKey, userId }: { emailKey: string; userId: string },
): Promise<void> {
  const loser = await db.releaseUnverifiedEmail(deps.db, emailKey, userId);
  if (!loser) return;
  const isLost = loser.username === null && (await db.countIdentities(deps.db, loser.id)) === 0;
  if (isLost && (await removeLost(deps, who, loser))) return;
  const events = [{ kind: "email.released" as const, userId: loser.id }];
  await credentialsChanged(deps, who, { user: loser, proof: "mailbox", ends: "all", record: { events, mails: [] } });
}

/**
 * With neither a name nor an identity, nobody could sign in to it any more, and no clean-up would find it. False if rows
 * of the app's own refer to it: then it stays, empty as it is.
 */
async function removeLost(
  deps: Deps,
  who: Visitor,
  { id: userId, credentialVersion: version }: UserRow,
): Promise<boolean> {
  if (!(await removeUnlessInUse(deps, who, (tx) => db.deleteUser(tx, { userId, version })))) return false;
  await deps.tokenManager.revokeAll(deps, { userId });
  await recordEvents(deps, who, { events: [{ kind: "user.deleted", userId }] });
  return true;
}
