import { createSmtpMailer, provideUser } from "@keywright/api";
import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";
import { type SmtpWire, startSmtpWire } from "../support/smtp-wire.js";

let smtp: SmtpWire;
let app: TestApp;
beforeAll(async () => {
  smtp = await startSmtpWire();
  const mailer = createSmtpMailer({ url: smtp.url, from: "Keywright < no-reply@почта.рф >", requireTls: false });
  app = await createTestApp({ mailer });
});
afterAll(async () => {
  await app.close();
  await smtp.stop();
});

const password = "correct horse";
const nobody = { ip: null, userAgent: null, transport: "cookie", presented: null, requestId: "-" } as const;
const long = (length: number, letter = "a") => letter.repeat(length);
const longDomain = (last: number) => [long(63), long(63), long(63), long(last, "b"), "org"].join(".");

/** As it is typed, and how it is stored, shown and mailed to where that differs. */
const taken: [what: string, typed: string, stored?: string][] = [
  ["plain", "ada@example.org"],
  ["capitals", "Ada.Lovelace@Example.ORG"],
  ["a tag", "ada+news@example.org"],
  ["dots and digits", "a.d.a.1815@example.org"],
  ["one letter", "a@x.org"],
  ["digits only", "1815@example.org"],
  ["a hyphen and an underscore", "-ada_-@example.org"],
  ["an apostrophe", "o'hara@example.org"],
  ["an ampersand", "a&b@x.org"],
  ["a slash", "sales/eu@x.org"],
  ["an equals sign", "user=x@x.org"],
  ["an exclamation mark", "really!@x.org"],
  ["a number sign", "#1@x.org"],
  ["a dollar sign", "$ave@x.org"],
  ["a percent sign", "100%@x.org"],
  ["an asterisk", "a*star@x.org"],
  ["a question mark", "who?@x.org"],
  ["a circumflex", "^ada@x.org"],
  ["a grave accent", "a`da@x.org"],
  ["braces and a bar", "{a|b}@x.org"],
  ["a tilde", "~ada@x.org"],
  ["64 characters before the @", `${long(64)}@x.org`],
  ["a label of 63 characters", `ada@${long(63)}.org`],
  ["254 characters", `ada@${longDomain(54)}`],
  ["many labels", "ada@a.b.c.d.e.f.example.org"],
  ["digits and hyphens in the domain", "ada@3-d.163.com"],
  ["two hyphens in a row", "ada@r3---sn.example.org"],
  ["a long top-level domain", "ada@example.photography"],
  ["Russian, as A-labels", "maria@xn--80akhbyknj4f.xn--p1ai"],
  ["Russian", "boris@испытание.рф", "boris@xn--80akhbyknj4f.xn--p1ai"],
  ["German", "ada@münchen.de", "ada@xn--mnchen-3ya.de"],
  ["German in capitals", "eva@MÜNCHEN.DE", "eva@xn--mnchen-3ya.de"],
  ["German, letter and diaeresis apart", "max@mu\u0308nchen.de", "max@xn--mnchen-3ya.de"],
  ["a sharp s, which is not ss", "ada@straße.de", "ada@xn--strae-oqa.de"],
  ["Greek with a final sigma", "ada@βόλος.com", "ada@xn--nxasmm1c.com"],
  ["Chinese", "ada@例子.中国", "ada@xn--fsqu00a.xn--fiqs8s"],
  ["Japanese", "ada@例え.テスト", "ada@xn--r8jz45g.xn--zckzah"],
  ["Hindi", "ada@उदाहरण.भारत", "ada@xn--p1b6ci4b4b3a.xn--h2brj9c"],
  ["Arabic", "ada@مثال.إختبار", "ada@xn--mgbh0fb.xn--kgbechtv"],
  ["Persian with a non-joiner", "ada@نامه\u200Cای.com", "ada@xn--mgba3gch31f060k.com"],
  ["an emoji", "ada@i❤.ws", "ada@xn--i-7iq.ws"],
];

const refused: [what: string, typed: string][] = [
  ["letters outside ASCII before the @", "мария@example.org"],
  ["an accent before the @", "zoë@example.org"],
  ["a Kelvin sign before the @", "\u212Aate@example.org"],
  ["a Kelvin sign behind it", "kate@\u212Aeys.org"],
  ["a full-width letter in the domain", "ada@ｅxample.org"],
  ["a full-width dot", "ada@例え。テスト"],
  ["a full-width @", "ada＠example.org"],
  ["a small @", "ada\uFE6Bexample.org"],
  ["a soft hyphen in the domain", "ada@exam\u00ADple.org"],
  ["a soft hyphen beside umlauts", "ada@mün\u00ADchen.de"],
  ["a joiner between Latin letters of the domain", "ada@ex\u200Cample.org"],
  ["a mark of direction", "ada@\u202Eexample.org"],
  ["a quoted string", '"ada l"@example.org'],
  ["a comment", "ada(lovelace)@example.org"],
  ["a name before it", "Ada <ada@example.org>"],
  ["two dots in a row", "ada..l@example.org"],
  ["a dot at the beginning", ".ada@example.org"],
  ["a dot before the @", "ada.@example.org"],
  ["two dots in the domain", "ada@example..org"],
  ["a dot at the end", "ada@example.org."],
  ["a hyphen at the end of a label", "ada@example-.org"],
  ["a hyphen at the beginning of a label outside ASCII", "ada@-ü.org"],
  ["an underscore in the domain", "ada@my_host.org"],
  ["no dot in the domain", "ada@localhost"],
  ["an IP address", "ada@192.0.2.1"],
  ["an IP address in brackets", "ada@[192.0.2.1]"],
  ["a top-level domain of digits", "ada@example.123"],
  ["an A-label that stands for nothing", "ada@xn--a-ecp.ru"],
  ["an A-label that is cut off", "ada@xn--.com"],
  ["an A-label of ASCII letters only", "ada@xn--abc-.com"],
  ["an A-label of digits that stand for nothing", "ada@xn--0000.com"],
  ["an A-label of a soft hyphen", "ada@xn--u-ccb.com"],
  ["an A-label at the top that stands for nothing", "ada@example.xn--zzzzzzzzzzzz"],
  ["an A-label of a capital", "ada@xn--mnchen-psa.de"],
  ["a percent-encoded letter", "ada@ex%41mple.org"],
  ["two addresses", "ada@example.org,bob@example.org"],
  ["two @", "ada@home@example.org"],
  ["a line break inside", "ada@example\n.org"],
  ["a NUL", "ada\u0000@example.org"],
  ["half a surrogate", "ada@\uD800.org"],
  ["65 characters before the @", `${long(65)}@x.org`],
  ["a label of 64 characters", `ada@${long(64)}.org`],
  ["a label of 64 once it is an A-label", `ada@ü${long(59)}.org`],
  ["255 characters", `ada@${longDomain(55)}`],
  ["nothing before the @", "@example.org"],
  ["nothing behind the @", "ada@"],
  ["blanks only", "   "],
];

describe("addresses", () => {
  test("a person registers with any that mail can be sent to (A26), and each gets the mail", async () => {
    expect(taken.length).toBeGreaterThanOrEqual(30);
    for (const [what, typed, stored = typed] of taken) {
      const visitor = app.visitor();
      const answer = await visitor.registration.register.mutate({ email: typed, password });
      expect(answer, what).toMatchObject({ status: "signed_in", user: { email: stored } });
    }
    const mailboxes = taken.map(([, typed, stored = typed]) => stored.replace(/@.*/, (domain) => domain.toLowerCase()));
    for (let turn = 0; turn < 20 && smtp.mails.length < mailboxes.length; turn++) await app.keywright.deliverMail();
    expect(smtp.mails.map(({ envelope }) => envelope).sort()).toEqual([...mailboxes].sort());
    expect(smtp.mails.filter(({ header, envelope }) => header !== envelope)).toEqual([]);
    expect(smtp.mails[0]?.text).toContain("From: Keywright <no-reply@xn--80a1acny.xn--p1ai>");
  }, 120_000);

  test("others are refused at their field (A26), and nothing is written", async () => {
    expect(taken.length + refused.length).toBeGreaterThanOrEqual(60);
    const { statements } = await app.costOf(async () => {
      for (const [what, email] of refused) {
        const error = await refusal(app.visitor().registration.register.mutate({ email, password }));
        expect(fieldErrorsOf(error), what).toEqual({
          email: [{ reason: "INVALID_EMAIL", message: expect.stringMatching(/accents before the @/) }],
        });
      }
    });
    expect(statements).toEqual([]);
  });

  test("an account has one address in both spellings (A26), to log in with as well", async () => {
    const visitor = app.visitor();
    const spellings = [
      "one@bücher.example",
      "one@xn--bcher-kva.example",
      " One@BÜCHER.example",
      "ONE@XN--BCHER-KVA.example",
    ];
    const [first = "", ...others] = spellings;
    await visitor.registration.register.mutate({ email: first, password });
    for (const email of others) {
      const error = await refusal(app.visitor().registration.register.mutate({ email, password }));
      expect(reasonOf(error)).toBe("EMAIL_TAKEN");
    }
    for (const email of spellings) {
      expect((await app.visitor().auth.login.mutate({ email, password })).user.email).toBe("one@xn--bcher-kva.example");
    }
    const { user } = await app.visitor().auth.login.mutate({ login: ` ${first}`, password });
    expect(user.email).toBe("one@xn--bcher-kva.example");
  });

  test("a person moves to one in either spelling (A26)", async () => {
    const visitor = app.visitor();
    await visitor.registration.register.mutate({ email: "mover@x.org", password });
    await visitor.user.requestEmailChange.mutate({ email: "mover@пример.рф ", password });
    const arrived = () => smtp.mails.find(({ envelope }) => envelope.startsWith("mover@xn--"));
    for (let turn = 0; turn < 20 && !arrived(); turn++) await app.keywright.deliverMail();
    const [, token = ""] = /token=3D([\w-]+)/.exec((arrived()?.text ?? "").replaceAll("=\n", "")) ?? [];
    await visitor.user.confirmEmailChange.mutate({ token });
    expect((await visitor.user.me.query()).email).toBe("mover@xn--e1afmkfd.xn--p1ai");
  });

  test("an app's own directory vouches for them in either spelling (A26)", async () => {
    const provide = (email: string) => provideUser(app.keywright.deps, nobody, { email });
    const known = await provide("dir@straße.example");
    expect(known?.email).toBe("dir@xn--strae-oqa.example");
    expect((await provide(" dir@xn--strae-oqa.example"))?.id).toBe(known?.id);
    await expect(provide("zoë@example.org")).rejects.toThrow();
  });
});
