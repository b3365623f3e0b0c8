import * as db from "@keywright/db";
import type { Deps } from "../deps.js";
import { type EndedSessions, endSessions } from "../sessions/sessions.js";
import type { Actor } from "../who.js";

/**
 * Ends sessions that may be somebody else's, with the change of address that one of them may have asked for: a thief who
 * is signed out must not have the account move to a mailbox of theirs. Which session asked is not kept, so the caller's own
 * request is over, too. Returns the ids of the ended sessions. In a transaction that has the account's lock.
 */
export async function endDistrusted(deps: Deps, { user }: Actor, ends: EndedSessions): Promise<string[]> {
  const { id: userId } = user;
  await db.voidSecretsOf(deps.db, userId, "change_email");
  const ended = await endSessions(deps, userId, ends);
  await db.dropQueuedMails(deps.db, { userId, kinds: ["confirm_email_change"], now: deps.now() });
  return ended;
}
