import * as db from "@keywright/db";
import { maxExportedEvents, maxExportedMails, maxIdentities } from "../../contract/bounds.js";
import type { UserExport } from "../../contract/types.js";
import type { Deps } from "../../deps.js";
import { foldName } from "../../inputs/fields.js";
import { listSessions } from "../../sessions/sessions.js";
import type { Actor } from "../../who.js";
import { toSocialAccount } from "../social/identity-row.js";
import { toSessionInfo, toUser } from "../views.js";
import { eventsPage } from "./user-events.js";

/**
 * Everything that is kept about the caller, except secrets, and except what would tell of others: who asks for links to an
 * address that the caller has not proved. Every list has a bound.
 */
export async function exportUser(deps: Deps, who: Actor): Promise<UserExport> {
  const { user } = who;
  const passwordSetAt = await db.findPasswordMoment(deps.db, user.id);
  const sessions = await listSessions(deps, user.id);
  const identities = await db.listIdentities(deps.db, user.id, maxIdentities);
  const { rows, next } = await eventsPage(deps, { userId: user.id, before: null, limit: maxExportedEvents });
  return {
    user: { ...toUser(user), emailVerifiedAt: user.emailVerifiedAt, passwordSetAt, profile: user.profile },
    sessions: sessions.map((row) => ({
      ...toSessionInfo(row, who.session.id),
      authenticatedAt: row.authenticatedAt,
      endsAt: row.absoluteExpiresAt,
      remembered: row.isRemembered,
    })),
    identities: identities.map((row) => ({ ...toSocialAccount(row), issuer: row.issuer, subject: row.subject })),
    events: rows.map((row) => ({ ...row })),
    next,
    mails: await waitingMails(deps, who),
  };
}

/** Those about the account, and those to its address once that is proved: anybody can cause mail to it before. */
async function waitingMails(deps: Deps, { user: { id, email, emailVerifiedAt } }: Actor): Promise<UserExport["mails"]> {
  const emailKey = email === null || emailVerifiedAt === null ? null : foldName(email);
  const rows = await db.listWaitingMails(deps.db, { userId: id, emailKey, limit: maxExportedMails });
  return rows.map(({ kind, address, createdAt, ip, userAgent }) => {
    return { kind, to: address ?? "", at: createdAt, ip, userAgent };
  });
}
