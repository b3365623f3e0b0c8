import * as db from "@keywright/db";
import { foldName } from "../inputs/fields.js";
import type { QueuedMailKind } from "../mail/plan.js";
import { type Counting, nameKey } from "./limits.js";

/**
 * What anybody can have sent to an address that is not theirs, and for whom. All other mails go to mailboxes that were
 * proved. Nobody's requests may use up all that is sent to whoever really has the mailbox: "send again" not a reset, and
 * another account that wants to move there neither. So of each kind one is kept for the others.
 */
const shares: ReadonlyMap<string, db.MailShare> = new Map<QueuedMailKind, db.MailShare>([
  ["verify_email", "account"],
  ["set_password", "account"],
  ["reset_password", "contest"],
  ["already_registered", "contest"],
  ["confirm_email_change", "move"],
]);

const hourMs = 3_600_000;

/**
 * At delivery: whether an address that no account has proved may get another mail, of all kinds together. What is beyond
 * is dropped in silence: whoever caused it must not learn that nobody has proved the address. Counted here because only
 * here is the address looked up.
 */
export async function mayMail(
  deps: Counting,
  entry: { id: string; kind: string },
  { to, attemptsMs }: { to: string; attemptsMs: number },
): Promise<boolean> {
  const share = shares.get(entry.kind);
  if (!share) return true;
  const { limits, registration } = deps.settings;
  return await db.countUnprovedMail(deps.db, {
    mailKey: `mail-attempt:${entry.id}`,
    attemptsMs,
    emailKey: foldName(to),
    isEveryAccountProved: registration.verification === "none",
    key: `unproved-mail:${nameKey(deps.keys, foldName(to))}`,
    share,
    limit: limits.mailsPerAddressPerHour,
    windowMs: hourMs,
    now: deps.now(),
  });
}
