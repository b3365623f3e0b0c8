import { createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Mail, type Mailer, mailFailure, mailFailureKind } from "../../packages/api/src/mail/mail.js";
import { createSmtpMailer, type SmtpSettings } from "../../packages/api/src/mail/smtp.js";
import { type SmtpSink, startSmtpServer } from "../support/smtp.js";

const mail: Mail = {
  to: "ada@example.com",
  subject: "Hello",
  text: "Hello Ada",
  html: "<p>Hello Ada</p>",
  links: [],
  messageId: "<one@keywright.test>",
};

let smtp: SmtpSink;
const mailers: Mailer[] = [];

beforeEach(async () => {
  smtp = await startSmtpServer();
});
afterEach(async () => {
  await Promise.all(mailers.splice(0).map((mailer) => mailer.close()));
  await smtp.stop();
});

function mailer(settings: Partial<SmtpSettings> = {}): Mailer {
  const from = "Keywright <no-reply@example.com>";
  const created = createSmtpMailer({ url: smtp.url, from, requireTls: false, ...settings });
  mailers.push(created);
  return created;
}

async function failureOf(sending: Promise<void>): Promise<Error> {
  const error = await sending.then(
    () => null,
    (reason) => reason,
  );
  if (!(error instanceof Error)) throw new Error("The mail was delivered.");
  return error;
}

test("a mail arrives as text and HTML, from the sender, marked as automatic", async () => {
  await mailer().send({ ...mail, subject: "Grüße", text: "Grüße, Ada", html: "<p>Grüße</p>" });
  const [arrived] = smtp.mails;
  expect(arrived).toMatchObject({ to: "ada@example.com", from: "no-reply@example.com", subject: "Grüße" });
  expect(arrived?.text.trim()).toBe("Grüße, Ada");
  expect(arrived?.html.trim()).toBe("<p>Grüße</p>");
  expect(arrived?.envelope).toEqual({ from: "no-reply@example.com", to: ["ada@example.com"] });
  const headers = new Map(arrived?.headers.map(({ key, value }) => [key, value]));
  expect(headers.get("auto-submitted")).toBe("auto-generated");
  expect(Date.parse(headers.get("date") ?? "")).toBeGreaterThan(0);
});

test("a second attempt at a mail carries the same Message-ID", async () => {
  const sender = mailer();
  await sender.send(mail);
  await sender.send(mail);
  expect(smtp.mails.map(({ messageId }) => messageId)).toEqual(["<one@keywright.test>", "<one@keywright.test>"]);
});

test("dots, long lines and an early end of data arrive as they were written", async () => {
  const text = `.dot\r\n.\r\nRCPT TO:<evil@x.test>\r\n${"long ".repeat(400)}end`;
  await mailer().send({ ...mail, text });
  expect(smtp.mails).toHaveLength(1);
  expect(smtp.mails[0]?.text.trim().split(/\r?\n/)).toEqual(text.split("\r\n"));
});

test.each([
  "ada@example.com\r\nRCPT TO:<evil@x.test>",
  "ada@example.com\nBcc: evil@x.test",
  "a@x.test,evil@x.test",
  "a@x.test;evil@x.test",
  "a@x.test evil@x.test",
  "Group: a@x.test, evil@x.test;",
  "Bob <evil@x.test>",
  "Bob <evil@x.test> <a@x.test>",
  '"evil@x.test"@example.com',
  "a@[evil@x.test]",
  "a@x.test@evil.test",
  "ada\uFF20x.test",
  "ada@ex\u00E4mple.test",
  "",
  ",".repeat(100_000),
])("the address %j is refused for good and nobody gets the mail", async (to) => {
  const failure = await failureOf(mailer().send({ ...mail, to: to }));
  expect(mailFailureKind(failure)).toBe("address");
  expect(smtp.mails).toEqual([]);
});

test("line breaks in subject, Message-ID and sender's name add no header and no reader", async () => {
  const evil = "\r\nBcc: evil@x.test\r\n\r\nbody";
  await mailer().send({ ...mail, subject: `Hello${evil}`, messageId: `<one${evil}@keywright.test>` });
  expect(smtp.mails[0]?.envelope.to).toEqual(["ada@example.com"]);
  expect(smtp.mails[0]?.headers.map(({ key }) => key)).not.toContain("bcc");
  expect(smtp.mails[0]?.text.trim()).toBe("Hello Ada");
  expect(() => mailer({ from: `Key${evil} <no-reply@example.com>` })).toThrow("MAIL_FROM");
});

test.each(['{"path":"/etc/hostname"}', '{"href":"http://127.0.0.1:1/"}'])("the body %s is not read", async (json) => {
  const text: string = JSON.parse(json);
  const failure = await failureOf(mailer().send({ ...mail, text }));
  expect(failure.message).toMatch(/EFILEACCESS|EURLACCESS/);
  expect(smtp.mails).toEqual([]);
});

describe("O3: what a server's answer says of the mail", () => {
  test.each([
    ["RCPT TO", "rejected"],
    // Of the mail, not of the recipient.
    ["DATA", "mail"],
  ] as const)("a refusal at %s is read by its enhanced code, and without one it is %s", async (stage, unsure) => {
    const sender = mailer();
    const kinds: Record<string, string> = {};
    for (const code of answers) {
      smtp.refuse(code, 1, stage);
      const failure = await failureOf(sender.send(mail));
      expect(failure.message).toContain(code);
      kinds[code] = mailFailureKind(failure);
    }
    expect(kinds).toEqual({
      "451": "mail",
      "452 4.2.2": "mail",
      "550": unsure,
      "550 5.1.1": "address",
      "550 5.1.8": "mail",
      "550 5.2.1": "address",
      "550 5.7.1": "mail",
      "551": unsure,
      "552": "mail",
      "553": unsure,
      "553 5.1.10": "address",
      "554": "mail",
      "554 5.7.1": "mail",
      "530": "server",
      "530 5.7.0": "server",
    });
    await sender.send(mail);
    expect(smtp.mails).toHaveLength(1);
  });

  test.each(["421", "451 4.3.0", "530", "550 5.7.1", "554"])(
    "a %s to our own address is about no mail",
    async (code) => {
      smtp.refuse(code, 1, "MAIL FROM");
      const failure = await failureOf(mailer().send(mail));
      expect(failure.message).toContain(code.slice(0, 3));
      expect(mailFailureKind(failure)).toBe("server");
    },
  );

  test.each([421, 450, 554])("nor is a greeting of %d", async (code) => {
    smtp.refuse(code, 9, "CONNECT");
    expect(mailFailureKind(await failureOf(mailer().send(mail)))).toBe("server");
  });
});

const answers = [
  ...["451", "452 4.2.2", "530", "530 5.7.0", "550", "550 5.1.1", "550 5.1.8", "550 5.2.1", "550 5.7.1", "551", "552"],
  ...["553", "553 5.1.10", "554", "554 5.7.1"],
];

test("an app's own mailer is understood by what its error is called, and every other error is about its mail", () => {
  const copied = Object.assign(new Error("gone"), { name: "MailFailure", kind: "address" });
  const odd = Object.assign(new Error("gone"), { name: "MailFailure", kind: "toString" });
  const errors = [
    mailFailure("server", "503"),
    copied,
    odd,
    new TypeError("oops"),
    "gone",
    undefined,
    { kind: "address" },
  ];
  expect(errors.map(mailFailureKind)).toEqual(["server", "address", "mail", "mail", "mail", "mail", "mail"]);
});

test("what is wrong with our own login is about no mail", async () => {
  const login = { user: "kw", password: "right" };
  const closed = await startSmtpServer({ login });
  const wrong = await failureOf(mailer({ url: `smtp://kw:hunter2@127.0.0.1:${closed.port}` }).send(mail));
  const anonymous = await failureOf(mailer({ url: closed.url }).send(mail));
  await mailer({ url: `smtp://kw:right@127.0.0.1:${closed.port}` }).send(mail);
  expect(closed.mails).toHaveLength(1);
  await closed.stop();
  expect([wrong, anonymous].map(mailFailureKind)).toEqual(["server", "server"]);
  expect(wrong.message).toContain("535");
});

test("a server that hangs, is gone or was never there is away, and does not hold us", async () => {
  smtp.hang();
  const hanging = await failureOf(mailer({ timeoutMs: 200 }).send(mail));
  const kinds = new Set<string>();
  for (let round = 0; round < 10; round++) {
    kinds.add(mailFailureKind(await failureOf(mailer({ timeoutMs: 150 }).send(mail))));
  }
  expect([...kinds]).toEqual(["server"]);
  const port = smtp.port;
  await smtp.stop();
  const gone = await failureOf(mailer({ url: `smtp://127.0.0.1:${port}` }).send(mail));
  const nowhere = await failureOf(mailer({ url: "smtp://mail.keywright.invalid:25" }).send(mail));
  smtp = await startSmtpServer();
  const sender = mailer();
  await sender.close();
  const closed = await failureOf(sender.send(mail));
  expect([hanging, gone, nowhere, closed].map(mailFailureKind)).toEqual(["server", "server", "server", "server"]);
  expect(hanging.message).toContain("ETIMEDOUT");
  expect(gone.message).toContain("ECONNREFUSED");
});

test("a server that takes the call and hangs up before its greeting is away", async () => {
  const silent = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => silent.listen(smtp.port, "127.0.0.2", resolve));
  const failure = await failureOf(mailer({ url: `smtp://127.0.0.2:${smtp.port}` }).send(mail));
  await new Promise((resolve) => silent.close(resolve));
  expect(mailFailureKind(failure)).toBe("server");
});

test("a server that falls silent, or hangs up, at one mail is not away", async () => {
  for (const end of [() => {}, (socket: Socket) => socket.destroy()]) {
    const relay = createServer((socket) => {
      socket.on("error", () => {});
      socket.write("220 hello\r\n");
      socket.on("data", (data) => (String(data).startsWith("RCPT") ? end(socket) : socket.write("250 ok\r\n")));
    });
    await new Promise<void>((resolve) => relay.listen(smtp.port, "127.0.0.2", resolve));
    const sender = mailer({ url: `smtp://127.0.0.2:${smtp.port}`, timeoutMs: 200 });
    expect(mailFailureKind(await failureOf(sender.send(mail)))).toBe("mail");
    await sender.close();
    await new Promise((resolve) => relay.close(resolve));
  }
});

test("a server that answers drop by drop does not hold us either", async () => {
  const trickle = createServer((socket) => {
    socket.on("error", () => {});
    socket.write("220 hello\r\n");
    socket.once("data", () => {
      socket.write("250 hello\r\n");
      const drops = setInterval(() => socket.write("250-wait\r\n"), 20);
      socket.once("close", () => clearInterval(drops));
    });
  });
  await new Promise<void>((resolve) => trickle.listen(smtp.port, "127.0.0.2", resolve));
  const failure = await failureOf(mailer({ url: `smtp://127.0.0.2:${smtp.port}`, timeoutMs: 100 }).send(mail));
  await new Promise((resolve) => trickle.close(resolve));
  expect(mailFailureKind(failure)).toBe("mail");
  expect(failure.message).toContain("EABORT");
});

test("where TLS is required a plain server, or one that nobody vouches for, gets nothing", async () => {
  const untrusted = await startSmtpServer({ startTls: true });
  const failures = [
    await failureOf(mailer({ requireTls: true }).send(mail)),
    await failureOf(mailer({ requireTls: true, url: untrusted.url }).send(mail)),
  ];
  expect([...smtp.mails, ...untrusted.mails]).toEqual([]);
  await untrusted.stop();
  expect(failures.map(mailFailureKind)).toEqual(["server", "server"]);
  expect(failures[0]?.message).toContain("ETLS");
  expect(failures[1]?.message).toContain("CERT");
});

test("a failure names neither reader, server, text nor password", async () => {
  smtp.refuse(550, 1, "RCPT TO");
  const failure = await failureOf(mailer().send(mail));
  const shown = JSON.stringify({ ...failure, message: failure.message, stack: failure.stack, cause: failure.cause });
  expect(shown).not.toMatch(/ada@example|127\.0\.0\.1|as the test wants it|Hello/);
});
