import { afterEach, beforeEach, expect, test } from "vitest";
import { createSmtpMailer } from "../../packages/api/src/mail/smtp.js";
import { type SmtpSink, startSmtpServer } from "../support/smtp.js";

const good = { url: "smtp://mail.test", from: "no-reply@example.com", requireTls: false };

let smtp: SmtpSink;
beforeEach(async () => {
  smtp = await startSmtpServer();
});
afterEach(() => smtp.stop());

test.each([
  "hunter2",
  "http://kw:hunter2@mail.test",
  "smtp://kw:hunter2@",
  "smtp:kw:hunter2@mail.test",
  "smtp://kw:hunter2/x@mail.test",
  "smtp://kw:12#hunter2@mail.test",
  "smtp://kw:hunter2%zz@mail.test",
  "smtp://kw:hunter2@mail.test?requireTLS=false",
])("the server %s is refused at start by an error that names SMTP_URL and not the password", (url) => {
  expect(() => createSmtpMailer({ ...good, url })).toThrow(/^(?!.*hunter2)SMTP_URL/);
});

test.each(["", "Keywright", "a@x.test, b@x.test", "Bob <a@x.test> <b@x.test>", "Bob <a@x.test"])(
  "the sender %j is refused at start by an error that names MAIL_FROM",
  (from) => {
    expect(() => createSmtpMailer({ ...good, from })).toThrow("MAIL_FROM");
  },
);

test.each([
  ["no-reply@example.com", "no-reply@example.com"],
  ['"Acme, Inc." <hello@acme.test>', '"Acme, Inc." <hello@acme.test>'],
])("the sender %s appears as %s", async (from, shown) => {
  const mailer = createSmtpMailer({ ...good, url: smtp.url, from });
  await mailer.send({
    to: "ada@example.com",
    subject: "Hello",
    text: "",
    html: "",
    links: [],
    messageId: "<1@x.test>",
  });
  await mailer.close();
  expect(smtp.mails[0]?.headers.find(({ key }) => key === "from")?.value).toBe(shown);
});
