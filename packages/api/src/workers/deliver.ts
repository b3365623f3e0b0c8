import type { ClaimedEntry } from "@keywright/db";
import * as db from "@keywright/db";
import { type Deps, inTransaction } from "../deps.js";
import { hashToken, mailedSecret } from "../keys.js";
import { summarize, tellableError } from "../log.js";
import { composeMail } from "../mail/compose.js";
import { buildLink, buildLinkByApp, type LinkPage } from "../mail/links.js";
import { isPermanentMailFailure, type Mail, type Mailer } from "../mail/mail.js";
import type { MailPlan } from "../mail/plan.js";
import { mailPlans } from "./plans.js";

const leaseMs = 60_000;
const maxAtOnce = 5;
/** Shorter than the lease by what sending takes. */
const composeMs = 20_000;
const firstDelayMs = 2_000;
const longestDelayMs = 15 * 60_000;

/** Delivers the mails that are due, a few at once; how many there were. `leased` holds those under way. */
export async function deliverDue(deps: Deps, mailer: Mailer, leased: Set<string>): Promise<number> {
  const now = deps.now();
  const leaseUntil = new Date(now.getTime() + leaseMs);
  const entries = await db.claimMails(deps.db, { now, leaseUntil, most: maxAtOnce });
  for (const { id } of entries) leased.add(id);
  await Promise.all(entries.map((entry) => deliver(deps, mailer, entry).finally(() => leased.delete(entry.id))));
  return entries.length;
}

async function deliver(deps: Deps, mailer: Mailer, entry: ClaimedEntry): Promise<void> {
  try {
    const mail = await prepareMail(deps, entry);
    if (mail) await mailer.send(mail);
    await db.settleMail(deps.db, entry.id, { status: mail ? "sent" : "dropped", at: deps.now(), error: null });
  } catch (error) {
    await noteFailure(deps, entry, error);
  }
}

/** Null when there is nobody to tell, or the link that this mail would hold was used or replaced meanwhile. */
async function prepareMail(deps: Deps, entry: ClaimedEntry): Promise<Mail | null> {
  const planMail = mailPlans[entry.kind];
  // While versions change, a newer instance queues what this one does not know: it stays there for the newer one.
  if (!planMail) throw tellableError("a mail of an unknown kind");
  const plan = await planMail(deps, { ...entry, address: entry.address ?? "" });
  if (!plan) return null;
  const token = plan.secret ? await mint(deps, entry, plan) : null;
  if (plan.secret && token === null) return null;
  const { appName, language } = deps.settings.mail;
  const composing = composeMail(deps.extensions.renderMail, {
    kind: plan.mail,
    language,
    appName,
    to: plan.to,
    link: linkTo(deps, plan.page, token),
    validMinutes: plan.secret?.minutes ?? null,
    at: entry.createdAt,
    ip: entry.ip,
    userAgent: entry.userAgent,
  });
  const composed = await inTime(composing, `The app's renderer does not answer at a mail of the kind ${plan.mail}.`);
  return { ...composed, to: plan.to, messageId: `<${entry.id}@${deps.appUrl.hostname}>` };
}

/**
 * The row's secret. It is derived from the row, so a second attempt mails the same link; it is stored once, so that a
 * link which was used already does not come back to life.
 */
async function mint(deps: Deps, entry: ClaimedEntry, { secret, to }: MailPlan): Promise<string | null> {
  if (!secret) return null;
  const token = mailedSecret(entry.id, deps.keys.current);
  const now = deps.now();
  const expiresAt = new Date(now.getTime() + secret.minutes * 60_000);
  if (entry.mintedAt) return (await db.prolongSecret(deps.db, hashToken(token), expiresAt)) ? token : null;
  const isMinted = await inTransaction(deps, async (deps) => {
    const { purpose, userId } = secret;
    // As of the request: of two mails that leave together the later request's holds the link that works.
    const { createdAt, credentialVersion: version } = entry;
    // Once more, since the mail was planned a moment ago: the change voids what is there, and this link is not there yet.
    if (version !== null && !(await db.holdCredentials(deps.db, { userId, version }))) return false;
    if (!(await db.markMinted(deps.db, entry.id, now))) return false;
    const row = { hash: hashToken(token), purpose, userId, email: to, payload: null, createdAt, expiresAt };
    // Every mailbox that an account was moved away from keeps its own way back: a second move must not close the first's.
    return await db.replaceSecret(deps.db, row, { perMailbox: purpose === "undo_email_change" });
  });
  return isMinted ? token : null;
}

/** An app's renderer that never answers would stop all mail: its batch would never end. */
async function inTime<T>(work: Promise<T>, complaint: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(tellableError(complaint)), composeMs);
  });
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function linkTo({ appUrl, settings, extensions }: Deps, page: LinkPage | null, token: string | null): string | null {
  if (page === null) return null;
  const link = { page, token, appUrl };
  return extensions.buildLink ? buildLinkByApp(extensions.buildLink, link) : buildLink(settings.mail.paths, link);
}

async function noteFailure(deps: Deps, entry: ClaimedEntry, failure: unknown): Promise<void> {
  const summary = summarize(failure);
  const error = summary.message;
  const isLast = entry.failures + 1 >= deps.settings.mail.maxAttempts;
  const isDead = isPermanentMailFailure(failure) || isLast;
  deps.log({
    level: isDead ? "error" : "warn",
    message: `Mail ${entry.id} was not delivered.`,
    error: summary,
  });
  try {
    if (isDead) await db.settleMail(deps.db, entry.id, { status: "dead", at: deps.now(), error });
    else await db.postponeMail(deps.db, entry.id, { nextAttemptAt: nextAttempt(deps, entry), error });
  } catch (error) {
    // The lease runs out by itself, and the mail is tried again.
    deps.log({ level: "error", message: "The outbox cannot be written.", error: summarize(error) });
  }
}

/** Twice as long each time, up to a quarter of an hour, and never for all mails at the same moment. */
function nextAttempt(deps: Deps, { failures }: ClaimedEntry): Date {
  const delayMs = Math.min(firstDelayMs * 2 ** failures, longestDelayMs);
  return new Date(deps.now().getTime() + delayMs * (0.75 + Math.random() * 0.5));
}
