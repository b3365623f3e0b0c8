import { setTimeout as sleep } from "node:timers/promises";
import { createSmtpMailer } from "@keywright/api";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createTestApp, type TestApp, type TestConfig } from "../support/app.js";
import { type SmtpServerOptions, type SmtpSink, startSmtpServer } from "../support/smtp.js";

vi.setConfig({ testTimeout: 90_000 });
const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  // The mail server first: nobody waits for what hangs there.
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function startSmtp(options: SmtpServerOptions = {}): Promise<SmtpSink> {
  const smtp = await startSmtpServer(options);
  cleanUps.push(smtp.stop);
  return smtp;
}

/** Its worker runs by itself, as an app's does. */
async function startApp(smtp: SmtpSink, config: TestConfig = {}, beside?: TestApp): Promise<TestApp> {
  const mailer = createSmtpMailer({
    url: smtp.url,
    from: "no-reply@example.com",
    requireTls: false,
    timeoutMs: 10_000,
  });
  const app = await createTestApp({ mailer, mail: { pollMs: 1_000 }, ...config }, beside?.database);
  cleanUps.push(app.close);
  return app;
}

const register = (app: TestApp, email: string) =>
  app.visitor().registration.register.mutate({ email, password: "correct horse" });

/** Notices, which need no account, as if instances had queued them. */
async function queue(app: TestApp, count: number, domain: string, set = ""): Promise<void> {
  const at = app.keywright.deps.now().toISOString();
  await app.sql(`insert into keywright.outbox (id, kind, address, created_at, next_attempt_at${set && ", failures, last_error"})
    select gen_random_uuid(), 'deleted_notice', 'n' || n || '@${domain}', '${at}', '${at}'${set}
    from generate_series(1, ${count}) as n`);
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const receivedAt = (smtp: SmtpSink, pattern: RegExp) => smtp.mails.filter(({ to }) => pattern.test(to)).length;

async function msUntil(isDone: () => boolean, limitMs = 60_000): Promise<number> {
  const startedAt = performance.now();
  while (!isDone() && performance.now() - startedAt < limitMs) await sleep(20);
  return performance.now() - startedAt;
}

describe("a mail server that was away", () => {
  test("within fifteen seconds of its return five hundred waiting mails have left, and a new one passes them (O4)", async () => {
    const away = await startSmtpServer();
    const app = await startApp(away);
    await away.stop();
    await queue(app, 500, "example.com");
    await register(app, "first@example.com");
    await vi.waitFor(() => expect(app.logs.map(({ message }) => message)).toContain("The mail server is unavailable."));
    // Long enough for the pauses to reach their full length.
    await sleep(8_000);
    const smtp = await startSmtp({ port: away.port, acceptMs: 200 });
    const returnedAt = performance.now();
    await msUntil(() => smtp.mails.length >= 40);
    expect(smtp.mails.length).toBeLessThan(400);
    await register(app, "new@example.com");
    expect(await msUntil(() => receivedAt(smtp, /^new@/) === 1)).toBeLessThan(2_000);
    expect(smtp.mails.length).toBeLessThan(500);
    await msUntil(() => smtp.mails.length >= 502);
    expect(performance.now() - returnedAt).toBeLessThan(15_000);
    const recipients = smtp.mails.map(({ to }) => to);
    expect(new Set(recipients).size).toBe(502);
    expect(recipients).toHaveLength(502);
  });
});

describe("recipients whose servers hang (O4)", () => {
  test.each(["slow.test", "example.com"])("at %s, three of them delay twelve others by nothing", async (domain) => {
    const smtp = await startSmtp();
    smtp.hangAt(/^hang/);
    const app = await startApp(smtp);
    await Promise.all(numbers(3).map((n) => register(app, `hang${n}@${domain}`)));
    await sleep(300);
    const startedAt = performance.now();
    await Promise.all(numbers(12).map((n) => register(app, `quick${n}@example.com`)));
    await msUntil(() => receivedAt(smtp, /^quick/) === 12);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  test("sixty of one domain delay no other", async () => {
    const smtp = await startSmtp();
    smtp.hangAt(/@slow\.test$/);
    const app = await startApp(smtp);
    await queue(app, 60, "slow.test");
    app.keywright.deps.mailQueued();
    await sleep(1_000);
    await queue(app, 12, "example.com");
    app.keywright.deps.mailQueued();
    expect(await msUntil(() => receivedAt(smtp, /@example\.com$/) === 12)).toBeLessThan(3_000);
  });

  test("and that are tried again do not come before those that nobody has tried", async () => {
    const smtp = await startSmtp();
    smtp.hangAt(/@slow\d\.test$/);
    const app = await startApp(smtp);
    for (const n of numbers(30))
      await queue(app, 2, `slow${n % 10}.test`, ", 1, 'Mail not delivered (mail): ETIMEDOUT'");
    app.keywright.deps.mailQueued();
    await sleep(1_000);
    await queue(app, 12, "example.com");
    app.keywright.deps.mailQueued();
    expect(await msUntil(() => receivedAt(smtp, /@example\.com$/) === 12)).toBeLessThan(3_000);
  });
});

describe("two instances (O7)", () => {
  test("never send a mail twice, however long it takes and however their clocks differ", async () => {
    const smtp = await startSmtp({ acceptMs: 9_000 });
    const app = await startApp(smtp);
    const ahead = await startApp(smtp, {}, app);
    ahead.travel(3_600_000);
    await register(app, "slow@example.com");
    await register(ahead, "slower@example.com");
    await sleep(14_000);
    expect(smtp.mails.map(({ to }) => to).toSorted()).toEqual(["slow@example.com", "slower@example.com"]);
  });
});

test("a server that takes few connections at once gets all mails, and is not taken for away each time", async () => {
  const smtp = await startSmtp({ acceptMs: 50, maxConnections: 4 });
  const app = await startApp(smtp);
  await queue(app, 100, "example.com");
  app.keywright.deps.mailQueued();
  await msUntil(() => smtp.mails.length === 100);
  expect(new Set(smtp.mails.map(({ to }) => to)).size).toBe(100);
  expect(app.logs.filter(({ level }) => level === "error").length).toBeLessThanOrEqual(2);
});
