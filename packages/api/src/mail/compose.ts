import { isIP } from "node:net";
import { loggableError, withheld } from "../log.js";
import { describeDevice } from "./device.js";
import type { MailToRender, RenderedMail, RenderMail } from "./mail.js";
import { renderMail } from "./templates.js";

/** A mail as it was queued. Its user agent, and behind a misconfigured proxy its IP, are controlled by the caller. */
export interface MailDraft extends Omit<MailToRender, "device"> {
  userAgent: string | null;
}

interface ComposedMail extends RenderedMail {
  links: string[];
}

/**
 * The finished mail: from the app's own renderer if it handles this kind, otherwise the built-in text. Throws a plain
 * `Error` that names the kind, but quotes nothing of the mail, if the renderer throws or its mail is unusable.
 */
export async function composeMail(own: RenderMail | undefined, draft: MailDraft): Promise<ComposedMail> {
  const mail = withoutFreeText(draft);
  const { subject, text, html } = (own && (await renderByApp(own, mail))) ?? renderMail(mail);
  return { subject: toOneLine(subject), text, html, links: mail.link === null ? [] : [mail.link] };
}

function withoutFreeText({ userAgent, ip, ...draft }: MailDraft): MailToRender {
  return {
    ...draft,
    ip: ip !== null && isPlainIp(ip) ? ip : null,
    device: userAgent === null ? null : describeDevice(userAgent),
  };
}

// An IPv6 zone (`fe80::1%evil.test`) is free text, and mail programs turn such text into links.
function isPlainIp(ip: string): boolean {
  return isIP(ip) !== 0 && !ip.includes("%");
}

async function renderByApp(own: RenderMail, mail: MailToRender): Promise<RenderedMail | null> {
  const rendered = await callApp(own, mail);
  const fault = rendered && faultOf(rendered, mail);
  if (fault) throw loggableError(`The app's renderer returned an unusable mail of the kind ${mail.kind}: ${fault}.`);
  return rendered;
}

async function callApp(own: RenderMail, mail: MailToRender): Promise<RenderedMail | null> {
  try {
    return await own(mail);
  } catch (thrown) {
    // A template's error may quote the link.
    throw withheld(thrown, `The app's renderer threw on a mail of the kind ${mail.kind}`);
  }
}

function faultOf(rendered: RenderedMail, { link, code }: MailToRender): string | null {
  for (const part of ["subject", "text", "html"] as const) {
    const written = rendered[part];
    if (typeof written !== "string" || toOneLine(written) === "") return `its ${part} is empty or not a string`;
  }
  if (code !== null && !rendered.text.includes(code)) return "its text does not contain the code";
  return link === null || rendered.text.includes(link) ? null : "its text does not contain the link";
}

function toOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
}
