import type { ClaimedEntry } from "@keywright/db";
import * as db from "@keywright/db";
import { type Deps, inTransaction } from "../deps.js";
import { hashToken, type KeySet, mailedCode, mailedCodeHash, mailedSecret, type SecretSource } from "../keys.js";
import { type MailPlan, takeOverPayload } from "../mail/plan.js";
import { notNow } from "./not-now.js";
import { planOf } from "./plans.js";

/** A plan with a secret. */
export type SecretPlan = MailPlan & { secret: NonNullable<MailPlan["secret"]> };

/**
 * The row's secret; null if the mail is to be dropped, because its link was used, replaced or voided, or because the
 * account changed. It is derived from the row, so a second attempt mails the same link; its hash is stored only once,
 * so a used link does not come back to life.
 */
export async function mintSecret(deps: Deps, entry: ClaimedEntry, plan: SecretPlan): Promise<string | null> {
  const expiresAt = new Date(deps.now().getTime() + plan.secret.minutes * 60_000);
  if (entry.secretHash !== null) return await mintAgain(deps, entry, { plan, expiresAt });
  const { token, hash } = derive(entry, plan, deps.keys.current);
  const over = new Error("The mail was settled, or minted by another worker.");
  try {
    const isMinted = await inTransaction(deps, async (deps) => {
      if (!(await isStillDue(deps, entry, plan))) return false;
      const { purpose, userId, takesOver } = plan.secret;
      if (takesOver) await contest(deps, userId);
      const payload = takesOver ? takeOverPayload : null;
      // Of two mails, the one requested later contains the link that works, whichever is sent first.
      const { sequence, createdAt } = entry;
      const row = { hash, purpose, userId, email: plan.to, payload, sequence, createdAt, expiresAt };
      // Each mailbox that an account was moved away from keeps its own link to undo: a second move must not void the
      // first's.
      if (!(await db.replaceSecret(deps.db, row, { perMailbox: purpose === "undo_email_change" }))) return false;
      // Last, in the order in which all transactions lock; what was replaced is restored if the row is not ours to
      // mint.
      if (!(await db.markMinted(deps.db, entry.id, hash))) throw over;
      return true;
    });
    return isMinted ? token : null;
  } catch (error) {
    if (error === over) return null;
    throw error;
  }
}

/**
 * Notes that somebody else wants an unproved account. Links that would only verify its address, for the password that was
 * chosen before, are over. Runs in a transaction.
 */
export async function contest(deps: Deps, userId: string): Promise<void> {
  await db.contestUser(deps.db, userId, deps.now());
  await db.voidSecretsOf(deps.db, userId, "verify_email");
}

/**
 * After a change of `KEYWRIGHT_SECRET`, the previous secret's token, or, on an instance not yet restarted, one it
 * cannot know.
 */
async function mintAgain(
  deps: Deps,
  entry: ClaimedEntry,
  { plan, expiresAt }: { plan: SecretPlan; expiresAt: Date },
): Promise<string | null> {
  const known = deps.keys.all.map((keys) => derive(entry, plan, keys)).find(({ hash }) => hash === entry.secretHash);
  if (known === undefined) throw notNow("its secret is from another KEYWRIGHT_SECRET");
  const { purpose, userId } = plan.secret;
  const secret = { hash: known.hash, purpose, userId, email: plan.to, expiresAt };
  return (await db.prolongSecret(deps.db, secret)) ? known.token : null;
}

/** What is mailed, and what is stored of it. */
function derive(source: SecretSource, { secret }: SecretPlan, keys: KeySet): { token: string; hash: string } {
  if (secret.purpose !== "step_up") {
    const token = mailedSecret(source, keys);
    return { token, hash: hashToken(token) };
  }
  const token = mailedCode(source, keys);
  return { token, hash: mailedCodeHash(secret.userId, token, keys) };
}

/**
 * Checks again, since the mail was planned a moment ago, and locks the account: a credential change voids existing
 * links, and this one does not exist yet. False if the mail is to be dropped.
 */
async function isStillDue(deps: Deps, entry: ClaimedEntry, plan: SecretPlan): Promise<boolean> {
  const version = await db.holdCredentials(deps.db, plan.secret.userId);
  if (version === null || (entry.credentialVersion !== null && entry.credentialVersion !== version)) return false;
  const again = await planOf(entry.kind)?.(deps, { ...entry, address: entry.address ?? "" });
  if (!again) return false;
  if (isSame(again, plan)) return true;
  throw notNow("the account changed meanwhile");
}

function isSame(one: MailPlan, other: SecretPlan): boolean {
  const { purpose, userId, takesOver } = other.secret;
  const isSameLink =
    one.secret?.purpose === purpose && one.secret.userId === userId && one.secret.takesOver === takesOver;
  return isSameLink && one.mail === other.mail && one.to === other.to;
}
