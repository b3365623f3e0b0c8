import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { html, markupOf } from "../../packages/api/src/mail/html.js";
import { languages } from "../../packages/api/src/mail/languages.js";
import type { MailKind, MailLanguage, MailToRender } from "../../packages/api/src/mail/mail.js";
import { renderMail } from "../../packages/api/src/mail/templates.js";
import { mailKinds } from "../../packages/api/src/mail/wording.js";

const withLink: MailKind[] = [
  "verify_email",
  "reset_password",
  "set_password",
  "confirm_email_change",
  "email_changed_notice",
  "email_restored_notice",
];
/** In the order of all mails. */
const withLinkOrCode: MailKind[] = [...withLink, "step_up_code"];

const expected = {
  en: {
    facts: ["When: January 2, 2026, 03:04 UTC", "IP address: 192.0.2.7", "Device: Firefox, Linux"],
    validity: "This link works once, for 1 hour.",
    advice: /^If (?:this was not you|you did not ask for this|you were not using Acme at this time)[,:] .{20}/,
    toDo: /\b(?:ignore|do not open|need not do|open the link|reset|secure|tell|ask)\b/i,
    unlinked: /link works|When:|IP address:|Device:/,
  },
  de: {
    facts: ["Zeitpunkt: 2. Januar 2026, 03:04 UTC", "IP-Adresse: 192.0.2.7", "Gerät: Firefox, Linux"],
    validity: "Dieser Link funktioniert einmal und ist 1 Stunde lang gültig.",
    advice: /^Wenn Sie (?:das nicht (?:waren|angefordert haben)|Acme zu diesem Zeitpunkt nicht verwendet haben), .{20}/,
    toDo: /ignorieren|öffnen|nichts zu tun|[Ss]etzen|Sichern|wenden|bitten/,
    unlinked: /Link funktioniert|Zeitpunkt:|IP-Adresse:|Gerät:/,
  },
} as const;

const mails = (["en", "de"] as const).flatMap((language) => mailKinds.map((kind) => ({ language, kind })));

function toRender(changes: Partial<MailToRender>): MailToRender {
  return {
    kind: "reset_password",
    language: "en",
    appName: "Acme",
    to: "ada@example.com",
    link: "https://app.test/reset?token=abc&next=1",
    code: null,
    validMinutes: 60,
    at: new Date("2026-01-02T03:04:05Z"),
    ip: "192.0.2.7",
    device: "Firefox, Linux",
    ...changes,
  };
}

function wordingOf(language: MailLanguage, kind: MailKind) {
  return languages[language].mails[kind]("Acme");
}

test.each(["en", "de"] as const)("these are all the mails in the language %s", (language) => {
  expect(Object.keys(languages[language].mails)).toEqual(mailKinds);
});

describe.each(mails)("the mail $kind in $language", ({ language, kind }) => {
  const mail = toRender({ language, kind });

  test("I find the link alone on a line of the text, and in the HTML as a button and plain", () => {
    const { text, html } = renderMail(mail);
    expect(text.split("\n").filter((line) => line === mail.link)).toHaveLength(1);
    expect(html.split("https://app.test/reset?token=abc&amp;next=1")).toHaveLength(3);
    expect(html).toContain(`>${wordingOf(language, kind).button}</a>`);
  });

  test("I read when, from where and for how long in my language", () => {
    const { text, html } = renderMail(mail);
    expect(text).toContain(`\n\n${expected[language].facts.join("\n")}\n\n`);
    for (const line of [...expected[language].facts, expected[language].validity]) {
      expect(text.split("\n")).toContain(line);
      expect(html).toContain(line);
    }
    expect(html).toContain(`<html lang="${language}">`);
  });

  test("I read last what to do if it was not me", () => {
    const { text, html } = renderMail(mail);
    const { advice } = wordingOf(language, kind);
    expect(text.trimEnd().split("\n").at(-1)).toBe(advice);
    expect(html).toContain(`<p>${advice}</p>\n</div>`);
    expect(advice).toMatch(expected[language].advice);
    expect(advice).toMatch(expected[language].toDo);
  });

  test("what is not known is left out", () => {
    const { text, html } = renderMail({ ...mail, link: null, ip: null, device: null });
    const [when, ...others] = expected[language].facts;
    for (const body of [text, html]) {
      expect(body).toContain(when);
      expect(body.replace(when, "")).not.toMatch(expected[language].unlinked);
      expect(body).not.toMatch(/null|undefined|<a |\n\n\n/);
      for (const fact of others) expect(body).not.toContain(fact);
    }
  });

  test("whoever causes it has no say in the subject", () => {
    const { subject } = renderMail(mail);
    const other = { to: "bob@x.test", link: null, ip: null, device: null, at: new Date(0), validMinutes: 5 };
    expect(renderMail({ ...mail, ...other }).subject).toBe(subject);
    expect(subject).toContain("Acme");
    expect(subject.length).toBeLessThanOrEqual(78);
    expect(subject).not.toMatch(/[\r\n]/);
  });

  test("nothing is loaded from anywhere", () => {
    expect(renderMail(mail).html).not.toMatch(/<img|<link|<script|<style|src=|url\(|@import/i);
  });
});

describe.each(mailKinds)("the mail %s", (kind) => {
  test("each field of it has German words of its own", () => {
    const [english, german] = [wordingOf("en", kind), wordingOf("de", kind)];
    for (const field of ["subject", "intro", "button", "advice"] as const) {
      const [before, after] = [english[field], german[field]].map((text) => [text].flat().join(" "));
      expect(after).not.toBe(before);
      expect(after).not.toMatch(/\b(?:the|you|your|account|password|address|was|this)\b/i);
      expect(after).not.toMatch(/\b(?:du|dein\w*|dir|dich)\b|fuer|koenn|aender|bestaetig|geraet|zurueck|oeffn|loesch/i);
    }
    expect([german.subject, ...german.intro, german.advice].join(" ")).toMatch(/\b(?:Sie|Ihre?[mnrs]?)\b/);
  });
});

test.each(["en", "de"] as const)("no two kinds share a subject in the language %s", (language) => {
  const subjects = mailKinds.map((kind) => wordingOf(language, kind).subject);
  expect(new Set(subjects).size).toBe(mailKinds.length);
});

test.each(["en", "de"] as const)(
  "a mail in %s that leads to its link or code ends above it with a colon",
  (language) => {
    const ends = mailKinds.filter((kind) => wordingOf(language, kind).intro.at(-1)?.endsWith(":"));
    expect(ends).toEqual(withLinkOrCode);
  },
);

test("the name of the app and the link are escaped in the HTML and plain in the text", () => {
  for (const { language, kind } of mails) {
    const mail = toRender({ language, kind, appName: `<b>"A" & 'B'`, link: `https://app.test/"><script>` });
    const { subject, text, html } = renderMail(mail);
    expect(subject).toContain(`<b>"A" & 'B'`);
    expect(text).toContain(`https://app.test/"><script>`);
    expect(html).toContain("<title>");
    expect(html).toContain("&lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;");
    expect(html).not.toMatch(/<b>|<script>/);
  }
});

test.each([
  ["en", 15, "for 15 minutes."],
  ["en", 60, "for 1 hour."],
  ["en", 90, "for 90 minutes."],
  ["en", 180, "for 3 hours."],
  ["en", 1440, "for 1 day."],
  ["en", 4320, "for 3 days."],
  ["de", 1, "ist 1 Minute lang gültig."],
  ["de", 15, "ist 15 Minuten lang gültig."],
  ["de", 60, "ist 1 Stunde lang gültig."],
  ["de", 1380, "ist 23 Stunden lang gültig."],
  ["de", 1440, "ist 1 Tag lang gültig."],
  ["de", 4320, "ist 3 Tage lang gültig."],
] as const)("in %s a link of %i minutes reads: %s", (language, validMinutes, shown) => {
  expect(renderMail(toRender({ language, validMinutes })).text).toContain(shown);
});

test("a link that does not expire has no line about it", () => {
  const { text } = renderMail(toRender({ validMinutes: null }));
  expect(text).toContain("https://app.test/reset");
  expect(text).not.toMatch(/works once/);
});

describe("on a machine that is a day ahead", () => {
  beforeAll(() => {
    vi.stubEnv("TZ", "Pacific/Kiritimati");
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  test("a mail shows date and time in UTC", () => {
    const at = new Date("2026-12-31T23:59:59Z");
    expect(at.getFullYear()).toBe(2027);
    expect(renderMail(toRender({ at })).text).toContain("When: December 31, 2026, 23:59 UTC");
    expect(renderMail(toRender({ at, language: "de" })).text).toContain("Zeitpunkt: 31. Dezember 2026, 23:59 UTC");
  });
});

test("nested markup is escaped once, lists are joined and null is nothing", () => {
  const items = ["<1>", "&"].map((item) => html`<li title="${item}">${item}</li>`);
  const list = html`<ul>${items}${null}${7}</ul>`;
  expect(markupOf(list)).toBe('<ul><li title="&lt;1&gt;">&lt;1&gt;</li><li title="&amp;">&amp;</li>7</ul>');
});
