import type { UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import type { Deps } from "../deps.js";
import { foldName } from "../inputs/fields.js";
import type { Visitor } from "../who.js";
import type { AuditEntry } from "./audit.js";
import { credentialsChanged, noticeTo } from "./credentials.js";
import type { QueuedMail } from "./queue-mail.js";
import { revocationOf } from "./social/revocation.js";
import type { StoredUsername } from "./usernames.js";

/** An account whose mailbox has just been proved, with a raised credential version. */
export interface ProvedMailbox {
  user: UserRow;
  /** Whether the address had been proved before. */
  wasVerified: boolean;
  /** Of the password that was chosen with the proof; null if none was. */
  passwordHash: string | null;
  /** Connects the identity that has proved it, after those before are gone. */
  connect?: ((user: UserRow) => Promise<void>) | undefined;
  /** What else happened, and the mails about it. */
  record: { events: AuditEntry[]; mails: QueuedMail[] };
}

/**
 * The one rule for whoever proves a mailbox: they decide (docs/decisions/0017). By the first proof the account loses
 * everything that anybody could sign in with: password, sessions, refresh tokens, identities, links and browsers' marks,
 * which end with the raised version. By a later proof, which is the owner's own, identities of the owner's stay; those
 * that came with the address before its first proof go. Runs in the transaction of the proof.
 */
export async function handOver(
  deps: Deps,
  who: Visitor,
  { user, wasVerified, passwordHash, connect, record }: ProvedMailbox,
): Promise<void> {
  const { id: userId } = user;
  const gone: db.NewIdentity[] = [];
  await credentialsChanged(deps, who, {
    user,
    proof: "mailbox",
    async changeWays() {
      gone.push(
        ...(wasVerified ? await db.deleteUnprovedIdentities(deps.db, user) : await db.deleteWaysIn(deps.db, userId)),
      );
      await connect?.(user);
    },
    ...(passwordHash !== null && { passwordHash }),
    ends: "all",
    record: () => ({
      events: [
        ...record.events,
        ...(wasVerified ? [] : [{ kind: "user.verified" as const, userId }]),
        ...(gone.length > 0 ? [{ kind: "identity.disconnected" as const, userId }] : []),
      ],
      mails: [
        ...record.mails,
        ...(gone.length > 0 && wasVerified ? noticeTo(deps, user, "identity_disconnected_notice") : []),
        ...gone.flatMap((identity) => revocationOf(deps, identity)),
      ],
    }),
  });
}

/** What a directory or a provider says of the person. */
export interface Claim {
  email: string;
  connect?: (user: UserRow) => Promise<void>;
  username?: StoredUsername | null;
  firstName: string;
  lastName: string;
}

/**
 * Gives an unverified account to the person for whose address a directory or a provider vouches: `handOver`, and the
 * names become what the claim says; the app's own fields become empty. Null if no enabled account has the address, or it
 * is verified by now. A username that is taken violates `users_username_key`. Runs in a transaction.
 */
export async function takeOver(
  deps: Deps,
  who: Visitor,
  { email, username, connect, ...names }: Claim,
): Promise<UserRow | null> {
  const claim = { ...(username ?? { username: null, usernameKey: null }), ...names, emailKey: foldName(email) };
  const user = await db.claimUnverifiedUser(deps.db, claim, deps.now());
  if (!user) return null;
  const record = { events: [], mails: [] };
  await handOver(deps, who, { user, wasVerified: false, passwordHash: null, connect, record });
  return { ...user, hasPassword: false };
}
