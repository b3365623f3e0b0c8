import { createKeywright, createSmtpMailer } from "@keywright/api";
import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { watchAlarms } from "../support/alarms.js";
import { createTestApp, publicUrl, type TestApp, testSecret } from "../support/app.js";
import { refusal } from "../support/refusal.js";
import { startSmtpServer } from "../support/smtp.js";

type Smtp = Awaited<ReturnType<typeof startSmtpServer>>;
let app: TestApp;
let smtp: Smtp;
beforeAll(async () => {
  smtp = await startSmtpServer();
  const mailer = createSmtpMailer({ url: smtp.url, from: "Keywright <no-reply@example.com>", requireTls: false });
  app = await createTestApp({ mailer });
});
afterAll(async () => {
  await app.close();
  await smtp.stop();
});

const password = "correct horse";
const rowOf = async (email: string) =>
  (await app.sql(`select * from keywright.outbox order by created_at desc`))[0] ?? { email };

describe("mail over SMTP", () => {
  test("a visitor gets one mail, from us, with the link", async () => {
    await app.visitor().registration.register.mutate({ email: "smtp@example.com", password });
    await app.keywright.deliverMail();
    const mail = smtp.mails.find(({ to }) => to.includes("smtp@example.com"));
    expect(mail?.text).toContain(`${publicUrl}/verify-email?token=kwo_`);
    expect(mail?.html).toContain("kwo_");
    expect(await rowOf("smtp@example.com")).toMatchObject({ status: "sent", address: null, ip: null });
  });

  test("a server that is busy is tried again, with the same mail and the same link", async () => {
    smtp.refuse(451, 2);
    await app.visitor().registration.register.mutate({ email: "busy@example.com", password });
    await app.keywright.deliverMail();
    expect(await rowOf("busy@example.com")).toMatchObject({ status: "pending", failures: 1 });
    app.travel(10_000);
    await app.keywright.deliverMail();
    app.travel(60_000);
    await app.keywright.deliverMail();
    const mails = smtp.mails.filter(({ to }) => to.includes("busy@example.com"));
    expect(mails).toHaveLength(1);
    const token = mails[0]?.text?.match(/kwo_[\w-]+/)?.[0] ?? "";
    expect(await app.visitor().registration.verifyEmail.mutate({ token })).toEqual({ status: "verified" });
  });

  test("a mailbox that does not exist is not tried again, and the row stays to be seen", async () => {
    smtp.refuse("550 5.1.1", 1, "RCPT TO");
    await app.visitor().registration.register.mutate({ email: "gone@example.com", password });
    await app.keywright.deliverMail();
    app.travel(3_600_000);
    await app.keywright.deliverMail();
    expect(await rowOf("gone@example.com")).toMatchObject({ status: "dead", address: "gone@example.com" });
    expect(smtp.mails.filter(({ to }) => to.includes("gone@example.com"))).toHaveLength(0);
  });

  test("a link that was used does not come back with a second copy of its mail", async () => {
    await app.visitor().registration.register.mutate({ email: "copy@example.com", password });
    await app.keywright.deliverMail();
    const token = smtp.mails.at(-1)?.text?.match(/kwo_[\w-]+/)?.[0] ?? "";
    await app.visitor().registration.verifyEmail.mutate({ token });
    // As if the worker had died after the mail left and before it said so.
    await app.sql(
      "update keywright.outbox set status = 'pending', settled_at = null, address = 'copy@example.com' where status = 'sent'",
    );
    const before = smtp.mails.length;
    await app.keywright.deliverMail();
    expect(smtp.mails.length).toBe(before);
    expect(reasonOf(await refusal(app.visitor().registration.verifyEmail.mutate({ token })))).toBe("ALREADY_VERIFIED");
  });

  test("a mail whose worker died is delivered by another when the lease is over", async () => {
    smtp.refuse(451, 1);
    await app.visitor().registration.register.mutate({ email: "lease@example.com", password });
    await app.keywright.deliverMail();
    const until = new Date(app.keywright.deps.now().getTime() + 60_000).toISOString();
    await app.sql(
      `update keywright.outbox set locked_until = '${until}', next_attempt_at = '${until}' where status = 'pending'`,
    );
    await app.keywright.deliverMail();
    expect(smtp.mails.filter(({ to }) => to.includes("lease@example.com"))).toHaveLength(0);
    app.travel(61_000);
    await app.keywright.deliverMail();
    expect(smtp.mails.filter(({ to }) => to.includes("lease@example.com"))).toHaveLength(1);
  });

  test("a mail is queued with the account or not at all", async () => {
    await app.visitor().registration.register.mutate({ email: "both@example.com", password });
    const count = async () => Number((await app.sql("select count(*)::int as n from keywright.outbox"))[0]?.n);
    const before = await count();
    await refusal(app.visitor().registration.register.mutate({ email: "both@example.com", password }));
    expect(await count()).toBe(before);
  });
});

describe("an app's own renderer that never answers", () => {
  test("its mail counts as not delivered, and the other mails are delivered", async () => {
    const alarms = watchAlarms();
    const begun = new Set<string>();
    const renderMail = async ({ to }: { to: string }) => {
      begun.add(to);
      return to === "stuck@example.com" ? await new Promise<never>(() => {}) : null;
    };
    const sent: string[] = [];
    const mailer = { send: async (mail: { to: string }) => void sent.push(mail.to), close: async () => {} };
    const slow = await createTestApp({ renderMail, mailer }, app.database);
    slow.travel(app.offsetMs());
    await slow.visitor().registration.register.mutate({ email: "stuck@example.com", password });
    const delivery = slow.keywright.deliverMail();
    await vi.waitFor(() => expect(begun).toContain("stuck@example.com"), { timeout: 10_000 });
    await slow.visitor().registration.register.mutate({ email: "behind@example.com", password });
    const stuck = async () => (await app.sql("select * from keywright.outbox where address = 'stuck@example.com'"))[0];
    expect(await stuck()).toMatchObject({ status: "pending", failures: 0 });
    // Every mail that is being composed has a limit of its own.
    alarms.ringAll(20_000);
    await delivery;
    await slow.keywright.deliverMail();
    const last_error = "The app's renderer did not finish a mail of the kind verify_email.";
    expect(await stuck()).toMatchObject({ status: "pending", failures: 1, locked_until: null, last_error });
    expect(sent).toEqual(["behind@example.com"]);
    await slow.close();
    vi.restoreAllMocks();
    await app.sql("delete from keywright.outbox where address = 'stuck@example.com'");
  });
});

describe("when the mail server is away", () => {
  test("calls answer as ever, at once, and the mail comes when the server does", async () => {
    const away = await startSmtpServer();
    const url = away.url;
    await away.stop();
    const mailer = createSmtpMailer({ url, from: "no-reply@example.com", requireTls: false });
    const other = await createTestApp({ mailer }, app.database);
    other.travel(app.offsetMs());
    const answer = await other.visitor().registration.register.mutate({ email: "away@example.com", password });
    expect(answer.status).toBe("signed_in");
    await other.keywright.deliverMail();
    expect(await rowOf("away@example.com")).toMatchObject({ status: "pending", failures: 0, locked_until: null });
    await other.close();
    app.travel(20_000);
    await app.keywright.deliverMail();
    expect(smtp.mails.some(({ to }) => to.includes("away@example.com"))).toBe(true);
  });

  test("a worker finds mail by itself that another instance has queued", async () => {
    const database = await app.database.connect();
    const found: string[] = [];
    const mailer = { send: async (mail: { to: string }) => void found.push(mail.to), close: async () => {} };
    const lone = await createKeywright({
      secret: testSecret,
      publicUrl,
      database,
      mailer,
      mail: { pollMs: 20 },
      now: app.keywright.deps.now,
    });
    await app.withMailAtRest(async () => {
      await app.visitor().registration.register.mutate({ email: "poll@example.com", password });
      await vi.waitFor(() => expect(found).toContain("poll@example.com"), { timeout: 10_000 });
    });
    await lone.close();
  });
});
