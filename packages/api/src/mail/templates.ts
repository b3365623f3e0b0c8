import { type Html, html, markupOf } from "./html.js";
import { languages } from "./languages.js";
import type { MailToRender, RenderedMail } from "./mail.js";
import type { Language, MailLanguage, Wording } from "./wording.js";

interface Content extends Wording {
  locale: MailLanguage;
  language: Language;
  link: string | null;
  code: string | null;
  /** Lines about the link, and about the call that caused this mail. */
  validity: string | null;
  facts: string[];
}

/** Keywright's own text for a mail. The subject is fixed text plus the app's name. */
export function renderMail(mail: MailToRender): RenderedMail {
  const language = languages[mail.language];
  const content: Content = {
    ...language.mails[mail.kind](mail.appName),
    locale: mail.language,
    language,
    link: mail.link,
    code: mail.code,
    validity: validityLine(language, mail),
    facts: factLines(language, mail),
  };
  return { subject: content.subject, text: toText(content), html: markupOf(toHtml(content)) };
}

function validityLine(
  { validFor, codeValidFor }: Language,
  { link, code, validMinutes, language }: MailToRender,
): string | null {
  if ((link === null && code === null) || validMinutes === null) return null;
  return (code === null ? validFor : codeValidFor)(duration(language, validMinutes));
}

const units = [
  ["day", 1440],
  ["hour", 60],
] as const;

function duration(locale: MailLanguage, minutes: number): string {
  const [unit, size] = units.find(([, size]) => minutes % size === 0) ?? (["minute", 1] as const);
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(minutes / size);
}

function factLines({ when, ...labels }: Language, { at, ip, device, language }: MailToRender): string[] {
  return [
    `${when}: ${moment(language, at)}`,
    ip && `${labels.ip}: ${ip}`,
    device && `${labels.device}: ${device}`,
  ].filter((line) => typeof line === "string");
}

// Date and time are formatted separately: what Intl puts between them differs between Node versions.
function moment(locale: MailLanguage, at: Date): string {
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" }).format(at);
  return `${date}, ${at.toISOString().slice(11, 16)} UTC`;
}

function toText({ intro, link, code, validity, facts, advice }: Content): string {
  const paragraphs = [...intro, link, code, validity, facts.join("\n"), advice];
  return `${paragraphs.filter((paragraph) => paragraph).join("\n\n")}\n`;
}

// No colours except the button's, so that mail programs choose them for light and dark; nothing is loaded remotely.
function toHtml(content: Content): Html {
  const { locale, subject, intro, validity, facts, advice } = content;
  return html`<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${subject}</title>
</head>
<body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif">
<div style="max-width:480px;margin:0 auto">
${intro.map(paragraph)}${linkBlock(content)}${codeBlock(content)}${validity && paragraph(validity)}${factBlock(facts)}${paragraph(advice)}</div>
</body>
</html>
`;
}

function paragraph(text: string): Html {
  return html`<p>${text}</p>
`;
}

function linkBlock({ link, button, language }: Content): Html | null {
  if (link === null) return null;
  return html`<p style="margin:24px 0"><a href="${link}" style="display:inline-block;padding:12px 20px;border-radius:6px;background:#1d4ed8;color:#ffffff;font-weight:600;text-decoration:none">${button}</a></p>
<p style="font-size:14px">${language.openLink}<br><span style="word-break:break-all">${link}</span></p>
`;
}

function codeBlock({ code }: Content): Html | null {
  if (code === null) return null;
  return html`<p style="margin:24px 0;font-size:28px;font-weight:600;letter-spacing:4px">${code}</p>
`;
}

function factBlock(facts: string[]): Html | null {
  if (facts.length === 0) return null;
  return html`<p style="font-size:14px">${facts.map((fact) => html`${fact}<br>`)}</p>
`;
}
