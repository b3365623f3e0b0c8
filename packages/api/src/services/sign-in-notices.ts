import type { UserRow } from "@keywright/db";
import type { Deps } from "../deps.js";
import { noticeTo } from "./credentials.js";
import type { QueuedMail } from "./queue-mail.js";

/** Only to verified mailboxes: others never asked to hear from this account. */
export function signInNotices(
  deps: Deps,
  user: UserRow,
  { unarchived, isKnown }: { unarchived: boolean; isKnown: boolean },
): QueuedMail[] {
  if (user.emailVerifiedAt === null) return [];
  if (unarchived) return noticeTo(deps, user, "unarchived_notice");
  return deps.settings.mail.signInNotices && !isKnown ? noticeTo(deps, user, "new_sign_in_notice") : [];
}
