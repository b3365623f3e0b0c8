import { describe, expect, test } from "vitest";
import { english, type MailKind } from "../../packages/api/src/mail/english.js";
import { html, markupOf } from "../../packages/api/src/mail/html.js";
import { type MailVars, renderMail } from "../../packages/api/src/mail/templates.js";

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1";
const vars: MailVars = {
  appName: "Acme",
  link: "https://app.test/reset?token=abc&next=1",
  validMinutes: 60,
  at: new Date("2026-01-02T03:04:05Z"),
  ip: "192.0.2.7",
  userAgent: firefox,
};
const kinds: MailKind[] = [
  "verify_email",
  "reset_password",
  "set_password",
  "already_registered",
  "password_reset_notice",
  "password_set_notice",
];

test("these are all the mails", () => {
  expect(Object.keys(english.mails)).toEqual(kinds);
});

describe.each(kinds)("the mail %s", (kind) => {
  test("I find the link alone on a line of the text, and in the HTML as a button and plain", () => {
    const mail = renderMail(kind, vars);
    expect(mail.links).toEqual([vars.link]);
    expect(mail.text.split("\n").filter((line) => line === vars.link)).toHaveLength(1);
    expect(mail.html.split("https://app.test/reset?token=abc&amp;next=1")).toHaveLength(3);
  });

  test("I read when, from where and what to do if it was not me", () => {
    const mail = renderMail(kind, vars);
    for (const body of [mail.text, mail.html]) {
      expect(body).toContain("When: 2026-01-02 03:04 UTC");
      expect(body).toContain("IP address: 192.0.2.7");
      expect(body).toContain("Device: Firefox, Linux");
      expect(body).toMatch(/If (this was not you|you did not ask for this),/);
      expect(body).toContain("This link works once, for 1 hour.");
    }
  });

  test("what is not known is left out", () => {
    const mail = renderMail(kind, {
      appName: "Acme",
      link: null,
      validMinutes: 60,
      at: null,
      ip: null,
      userAgent: null,
    });
    expect(mail.links).toEqual([]);
    for (const body of [mail.text, mail.html]) {
      expect(body).not.toMatch(/null|undefined|link works|When:|IP address:|Device:|<a |\n\n\n/);
    }
  });

  test("nothing is loaded from anywhere", () => {
    expect(renderMail(kind, vars).html).not.toMatch(/<img|<link|<script|<style|src=|url\(|@import/i);
  });
});

test("whoever causes a mail cannot write into it: neither by user agent nor by IP", () => {
  const evil = `"><base href=//evil.test><h1>Your account is locked, visit evil.test</h1>`;
  const mail = renderMail("reset_password", { ...vars, userAgent: evil, ip: evil });
  const zone = renderMail("reset_password", { ...vars, userAgent: `Firefox ${evil}`, ip: "fe80::1%evil.test" });
  for (const shown of [mail.subject, mail.text, mail.html, zone.text, zone.html]) {
    expect(shown).not.toMatch(/evil|base|locked/);
  }
  expect(zone.text).toContain("Device: Firefox");
});

test("the name of the app and the link are escaped in the HTML and plain in the text", () => {
  const mail = renderMail("verify_email", { ...vars, appName: `<b>"A" & 'B'`, link: `https://app.test/"><script>` });
  expect(mail.text).toContain(`<b>"A" & 'B'`);
  expect(mail.html).toContain("&lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;");
  expect(mail.html).not.toMatch(/<b>|<script>/);
});

test.each([
  [15, "15 minutes"],
  [60, "1 hour"],
  [90, "90 minutes"],
  [180, "3 hours"],
  [1440, "1 day"],
  [4320, "3 days"],
])("a link of %i minutes works for %s", (validMinutes, shown) => {
  expect(renderMail("verify_email", { ...vars, validMinutes }).text).toContain(`for ${shown}.`);
});

test.each([
  [safari, "Device: Safari, iOS"],
  ["Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Device: Edge, Windows"],
  ["Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Device: Chrome, Android"],
])("the device %s is shown as %s", (userAgent, shown) => {
  expect(renderMail("verify_email", { ...vars, userAgent }).text).toContain(shown);
});

test("nested markup is escaped once, lists are joined and null is nothing", () => {
  const items = ["<1>", "&"].map((item) => html`<li title="${item}">${item}</li>`);
  const list = html`<ul>${items}${null}${7}</ul>`;
  expect(markupOf(list)).toBe('<ul><li title="&lt;1&gt;">&lt;1&gt;</li><li title="&amp;">&amp;</li>7</ul>');
});
