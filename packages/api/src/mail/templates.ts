import { isIP } from "node:net";
import { describeDevice } from "./device.js";
import { english, type Language, type MailKind, type Wording } from "./english.js";
import { type Html, html, markupOf } from "./html.js";

/** What a mail is filled with; null leaves the line out. */
export interface MailVars {
  /** From the configuration. */
  appName: string;
  link: string | null;
  /** How long the link works; null for a link that does not expire. */
  validMinutes: number | null;
  at: Date | null;
  ip: string | null;
  userAgent: string | null;
}

interface RenderedMail {
  subject: string;
  text: string;
  html: string;
  links: string[];
}

interface Content extends Wording {
  language: Language;
  link: string | null;
  /** Lines about the link and about the call that caused this mail. */
  validity: string | null;
  facts: string[];
}

/** The mail of this kind, as text and as HTML. The subject is fixed text and the name of the app. */
export function renderMail(kind: MailKind, vars: MailVars): RenderedMail {
  const language = english;
  const content: Content = {
    ...language.mails[kind](vars.appName),
    language,
    link: vars.link,
    validity: validityLine(language, vars),
    facts: factLines(language, vars),
  };
  return {
    subject: content.subject,
    text: toText(content),
    html: markupOf(toHtml(content)),
    links: vars.link === null ? [] : [vars.link],
  };
}

function validityLine(language: Language, { link, validMinutes }: MailVars): string | null {
  if (link === null || validMinutes === null) return null;
  return language.validFor(duration(language.locale, validMinutes));
}

const units = [
  ["day", 1440],
  ["hour", 60],
] as const;

function duration(locale: string, minutes: number): string {
  const [unit, size] = units.find(([, size]) => minutes % size === 0) ?? (["minute", 1] as const);
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(minutes / size);
}

function factLines(language: Language, { at, ip, userAgent }: MailVars): string[] {
  const device = userAgent === null ? null : describeDevice(userAgent);
  return [
    at && `${language.when}: ${at.toISOString().slice(0, 16).replace("T", " ")} UTC`,
    ip && isPlainIp(ip) && `${language.ip}: ${ip}`,
    device && `${language.device}: ${device}`,
  ].filter((line) => typeof line === "string");
}

// An IPv6 zone (`fe80::1%evil.test`) is free text, and mail programs make links of such text.
function isPlainIp(ip: string): boolean {
  return isIP(ip) !== 0 && !ip.includes("%");
}

function toText({ intro, link, validity, facts, advice }: Content): string {
  const paragraphs = [...intro, link, validity, facts.join("\n"), advice];
  return `${paragraphs.filter((paragraph) => paragraph).join("\n\n")}\n`;
}

// No colours but the button's, so that mail programs choose them for light and dark; nothing is loaded from anywhere.
function toHtml(content: Content): Html {
  const { language, subject, intro, validity, facts, advice } = content;
  return html`<!doctype html>
<html lang="${language.locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${subject}</title>
</head>
<body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif">
<div style="max-width:480px;margin:0 auto">
${intro.map(paragraph)}${linkBlock(content)}${validity && paragraph(validity)}${factBlock(facts)}${paragraph(advice)}</div>
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

function factBlock(facts: string[]): Html | null {
  if (facts.length === 0) return null;
  return html`<p style="font-size:14px">${facts.map((fact) => html`${fact}<br>`)}</p>
`;
}
