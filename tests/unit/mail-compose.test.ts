import { describe, expect, test } from "vitest";
import { summarize } from "../../packages/api/src/log.js";
import { composeMail, type MailDraft } from "../../packages/api/src/mail/compose.js";
import type { MailToRender, RenderMail } from "../../packages/api/src/mail/mail.js";

const link = "https://app.test/reset?token=abc&next=1";
const draft: MailDraft = {
  kind: "reset_password",
  language: "en",
  appName: "Acme",
  to: "ada@example.com",
  link,
  code: null,
  validMinutes: 60,
  at: new Date("2026-01-02T03:04:05Z"),
  ip: "192.0.2.7",
  userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
};
const own = { subject: "Ours", text: `Our text: ${link}`, html: "<p>Our markup</p>" };

async function failureOf(composing: Promise<unknown>): Promise<Error> {
  const error = await composing.then(
    () => null,
    (reason) => reason,
  );
  if (!(error instanceof Error)) throw new Error("The mail was composed.");
  return error;
}

/** What a renderer returns that no compiler has seen. */
function untyped(json: string): RenderMail {
  return () => JSON.parse(json);
}

describe("a mail in Keywright's words", () => {
  test("I get the link, and the facts of the call that caused it", async () => {
    const mail = await composeMail(undefined, draft);
    expect(mail.links).toEqual([link]);
    expect(mail.subject).toBe("Reset your Acme password");
    expect(mail.text).toContain("IP address: 192.0.2.7\nDevice: Firefox, Linux");
  });

  test("a mail without a link has no links", async () => {
    expect((await composeMail(undefined, { ...draft, kind: "deleted_notice", link: null })).links).toEqual([]);
  });

  test("whoever causes a mail cannot write into it: neither by user agent nor by IP", async () => {
    const evil = `"><base href=//evil.test><h1>Your account is locked, visit evil.test</h1>`;
    const mail = await composeMail(undefined, { ...draft, userAgent: evil, ip: evil });
    const zone = await composeMail(undefined, {
      ...draft,
      userAgent: `Firefox ${evil}`,
      ip: "fe80::1%evil.test",
    });
    for (const shown of [mail.subject, mail.text, mail.html, zone.text, zone.html]) {
      expect(shown).not.toMatch(/evil|base|locked/);
    }
    expect(zone.text).toContain("Device: Firefox");
  });

  test.each([
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Device: Safari, iOS"],
    ["Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Device: Edge, Windows"],
    ["Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Device: Chrome, Android"],
  ])("the device %s is shown as %s", async (userAgent, shown) => {
    expect((await composeMail(undefined, { ...draft, userAgent })).text).toContain(shown);
  });

  test("an app's name with line breaks does not break the subject", async () => {
    const { subject } = await composeMail(undefined, { ...draft, appName: "Acme\r\nBcc: eve@x.test" });
    expect(subject).toBe("Reset your Acme Bcc: eve@x.test password");
  });
});

describe("a mail in the app's own words", () => {
  test.each([
    ["at once", () => own],
    ["later", async () => own],
  ])("what the renderer returns %s is sent, with the link", async (_when, render) => {
    expect(await composeMail(render, draft)).toEqual({ ...own, links: [link] });
  });

  test.each([
    ["at once", () => null],
    ["later", async () => null],
  ])("null %s leaves the mail to the built-in texts", async (_when, render) => {
    expect(await composeMail(render, draft)).toEqual(await composeMail(undefined, draft));
  });

  test("the renderer is told all that a mail may say, and nothing as the caller wrote it", async () => {
    const told: MailToRender[] = [];
    const render: RenderMail = (mail) => {
      told.push(mail);
      return null;
    };
    await composeMail(render, draft);
    await composeMail(render, { ...draft, language: "de", ip: "fe80::1%evil.test", userAgent: "visit evil.test" });
    const { userAgent: _, ...known } = draft;
    expect(told).toEqual([
      { ...known, device: "Firefox, Linux" },
      { ...known, language: "de", ip: null, device: null },
    ]);
  });

  test("line breaks and control characters in its subject become spaces", async () => {
    const subject = "\tHello\r\nBcc: eve@x.test\u0000\u2028there\u0085\u007f!\n";
    const mail = await composeMail(() => ({ ...own, subject }), draft);
    expect(mail.subject).toBe("Hello Bcc: eve@x.test there !");
  });

  test("what it returns besides subject, text and HTML is not passed on", async () => {
    const mail = await composeMail(() => ({ ...own, to: "eve@x.test", links: [] }), draft);
    expect(mail).toEqual({ ...own, links: [link] });
  });

  test("a mail that only tells needs no link", async () => {
    const telling = { ...own, text: "It is done." };
    const mail = await composeMail(() => telling, { ...draft, kind: "archived_notice", link: null });
    expect(mail).toEqual({ ...telling, links: [] });
  });

  test.each(["", "Our text", "Our text: https://app.test/reset?token=abc&amp;next=1"])(
    "the text %j, which lacks the link, is refused with the kind and no secret",
    async (text) => {
      const { name, message } = await failureOf(composeMail(() => ({ ...own, text }), draft));
      expect(name).toBe("Error");
      expect(message).toContain("reset_password");
      expect(message).not.toMatch(/abc|ada@/);
    },
  );

  test.each([
    ["subject", '{"subject":"","text":"a","html":"a"}'],
    ["subject", '{"subject":"\\r\\n ","text":"a","html":"a"}'],
    ["subject", '{"text":"a","html":"a"}'],
    ["text", '{"subject":"a","text":" \\n","html":"a"}'],
    ["text", '{"subject":"a","text":7,"html":"a"}'],
    ["html", '{"subject":"a","text":"a","html":""}'],
    ["html", '{"subject":"a","text":"a","html":null}'],
    ["subject", '"Hello"'],
  ])("a mail without a usable %s is refused: %s", async (part, json) => {
    const failure = await failureOf(composeMail(untyped(json), { ...draft, link: null }));
    expect(failure.message).toBe(
      `The app's renderer returned an unusable mail of the kind reset_password: its ${part} is empty or not a string.`,
    );
  });

  test.each([
    ["throws", () => thrower()],
    ["rejects", async () => thrower()],
  ])("a renderer that %s is named with the kind and the place, and its message is withheld", async (_how, render) => {
    const failure = await failureOf(composeMail(render, draft));
    const summary = summarize(failure);
    expect(summary.message).toBe("The app's renderer threw on a mail of the kind reset_password: TypeError.");
    expect(summary.at[0]).toContain("thrower");
    expect(`${failure.stack}${JSON.stringify(failure)}${String(failure.cause)}`).not.toContain("abc");
  });

  test("a renderer that throws no Error is refused as well", async () => {
    const failure = await failureOf(composeMail(() => Promise.reject(link), draft));
    expect(failure.message).toContain("reset_password");
    expect(`${failure.stack}`).not.toContain("abc");
  });
});

function thrower(): never {
  throw new TypeError(`cannot write\n  ${link}`);
}
