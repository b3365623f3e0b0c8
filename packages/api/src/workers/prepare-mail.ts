import type { ClaimedEntry } from "@keywright/db";
import { type Deps, inTransaction } from "../deps.js";
import { inTime } from "../hooks.js";
import { mailIdentity } from "../keys.js";
import { mayMail } from "../limits/unproved-mails.js";
import { loggableError } from "../log.js";
import { composeMail } from "../mail/compose.js";
import { buildLink, buildLinkByApp, type LinkPage } from "../mail/links.js";
import type { Mail } from "../mail/mail.js";
import { contest, mintSecret } from "./mint.js";
import { notNow } from "./not-now.js";
import { maxAgeMs, planOf } from "./plans.js";

/** An app's renderer that never answers would keep its place for ever. */
const composeMs = 20_000;

/**
 * Null if there is nobody to write to, if the mail's link was used or replaced meanwhile, or if the address has had too
 * many.
 */
export async function prepareMail(deps: Deps, entry: ClaimedEntry): Promise<Mail | null> {
  const planMail = planOf(entry.kind);
  if (!planMail) throw notNow("a mail of an unknown kind, for an instance of a newer version");
  const plan = await planMail(deps, { ...entry, address: entry.address ?? "" });
  if (!plan) return null;
  const { secret } = plan;
  if (!(await mayMail(deps, entry, { to: plan.to, attemptsMs: maxAgeMs(entry.kind) }))) {
    // Whoever has filled the mailbox's share must not keep this one's meaning out as well. Links that take over stay.
    if (secret?.takesOver) await inTransaction(deps, (deps) => contest(deps, secret.userId));
    return null;
  }
  const token = secret ? await mintSecret(deps, entry, { ...plan, secret }) : null;
  if (secret && token === null) return null;
  const { appName, language } = deps.settings.mail;
  const draft = {
    kind: plan.mail,
    language,
    appName,
    to: plan.to,
    link: linkTo(deps, plan.page, token),
    code: plan.page === null ? token : null,
    validMinutes: secret?.minutes ?? null,
    at: entry.createdAt,
    ip: entry.ip,
    userAgent: entry.userAgent,
  };
  const complaint = `The app's renderer did not finish a mail of the kind ${plan.mail}.`;
  const late = () => loggableError(complaint);
  const composed = await inTime(composeMs, () => composeMail(deps.extensions.renderMail, draft), late);
  return { ...composed, to: plan.to, messageId: `<${mailIdentity(entry.seed)}@${deps.appUrl.hostname}>` };
}

function linkTo({ appUrl, settings, extensions }: Deps, page: LinkPage | null, token: string | null): string | null {
  if (page === null) return null;
  const link = { page, token, appUrl };
  return extensions.buildLink ? buildLinkByApp(extensions.buildLink, link) : buildLink(settings.mail.paths, link);
}
