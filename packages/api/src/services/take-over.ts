import type { UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import type { Deps } from "../deps.js";
import { foldName } from "../inputs/fields.js";
import type { Visitor } from "../who.js";
import { credentialsChanged } from "./credentials.js";
import { revocationOf } from "./social/revocation.js";
import type { StoredUsername } from "./usernames.js";

/**
 * Gives an unverified account to the person who has just proved its address. Nothing that was chosen before the proof
 * stays: password, sessions, identities, links, browsers' marks, username, names and the app's own fields. Null if no
 * enabled account has the address, or it is verified by now. Runs in a transaction.
 */
export async function takeOver(
  deps: Deps,
  who: Visitor,
  {
    email,
    username,
    ...names
  }: { email: string; username?: StoredUsername | null; firstName: string; lastName: string },
): Promise<UserRow | null> {
  const claim = { ...(username ?? { username: null, usernameKey: null }), ...names, emailKey: foldName(email) };
  const user = await db.claimUnverifiedUser(deps.db, claim, deps.now());
  if (!user) return null;
  const disconnected = await db.deleteWaysIn(deps.db, user.id);
  const mails = disconnected.flatMap((identity) => revocationOf(deps, identity));
  const record = { events: [{ kind: "user.verified" as const, userId: user.id }], mails };
  await credentialsChanged(deps, who, { user, proof: "mailbox", ends: "all", record });
  return { ...user, hasPassword: false };
}
