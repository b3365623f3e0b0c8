import { randomUUID } from "node:crypto";
import { createSmtpMailer } from "@keywright/api";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createTestApp, type TestApp, type TestConfig } from "../support/app.js";
import { startSmtpServer } from "../support/smtp.js";

type Smtp = Awaited<ReturnType<typeof startSmtpServer>>;
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const from = "Keywright <no-reply@example.com>";

let smtp: Smtp;
let app: TestApp;
beforeAll(async () => {
  smtp = await startSmtpServer({ login: { user: "kw", password: "right" } });
  const url = `smtp://kw:right@127.0.0.1:${smtp.port}`;
  app = await createTestApp({ mailer: createSmtpMailer({ url, from, requireTls: false }) });
});
afterAll(async () => {
  await app.close();
  await smtp.stop();
});
beforeEach(async () => {
  await restartSmtp("right");
  app.travel(2 * hour);
  // Something has to get through before the worker takes the server for up again.
  await queueMany(1);
  await app.keywright.deliverMail();
  await app.sql("delete from keywright.outbox");
  app.logs.length = 0;
});

/** The same server after a pause, with another password than ours or with the right one. */
async function restartSmtp(password: string): Promise<void> {
  const { port } = smtp;
  await smtp.stop();
  smtp = await startSmtpServer({ login: { user: "kw", password }, port });
}

/** One mail of each age: a reset, a verification and a notice; whom they are for. */
async function queueThree() {
  const email = `person${randomUUID()}@example.com`;
  const [ada, other] = [{ email, username: email.slice(0, 20), password: "correct horse" }, `new${email}`];
  await app.visitor().registration.register.mutate(ada);
  await app.keywright.deliverMail();
  await app.visitor().registration.verifyEmail.mutate({ token: newestToken(email) });
  const signedIn = await app.signedIn(ada);
  await app.keywright.deliverMail();
  await app.sql("delete from keywright.outbox");
  smtp.mails.length = 0;
  await app.withMailAtRest(async () => {
    await signedIn.user.archive.mutate({ password: ada.password });
    await app.visitor().password.requestReset.mutate({ email });
    await app.visitor().registration.register.mutate({ email: other, password: ada.password });
  });
  return { ada: email, other };
}

function newestToken(email: string): string {
  return smtp.mails.findLast(({ to }) => to === email)?.text.match(/kwo_[\w-]+/)?.[0] ?? "";
}

/** The worker's own tries, without waiting for them. */
async function pass(app: TestApp, ms: number, stepMs: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    app.travel(stepMs);
    await app.keywright.deliverMail();
  }
}

const rows = () => app.sql("select kind, status, failures, address from keywright.outbox order by kind");
const unsent = async () => (await rows()).filter(({ status }) => status === "pending" || status === "dead");
const dead = async () => (await rows()).filter(({ status }) => status === "dead").map(({ kind }) => kind);
const stateOf = async (kind: string) => (await rows()).find((row) => row.kind === kind);
const awayLogs = () => app.logs.filter(({ message }) => message.startsWith("The mail server"));

describe("O1: while the mail server is away", () => {
  test.each([
    ["47 minutes", 47 * minute, 8 * minute],
    ["5 hours", 5 * hour, hour],
  ])("for %s, every mail waits, and is delivered when it is back", async (_length, ms, stepMs) => {
    const { ada, other } = await queueThree();
    const { port } = smtp;
    await smtp.stop();
    await pass(app, ms, stepMs);
    expect((await unsent()).map(({ status, failures }) => `${status} ${failures}`)).toEqual(Array(3).fill("pending 0"));
    smtp = await startSmtpServer({ login: { user: "kw", password: "right" }, port });
    await app.keywright.deliverMail();
    expect(await unsent()).toEqual([]);
    expect(smtp.mails.map(({ to }) => to).toSorted()).toEqual([ada, ada, other].toSorted());
    const token = newestToken(other);
    expect(await app.visitor().registration.verifyEmail.mutate({ token })).toEqual({ status: "verified" });
  });

  test("because our password there was changed, every mail waits until it is right again", async () => {
    await queueThree();
    await restartSmtp("changed");
    await pass(app, 5 * hour, hour);
    expect((await unsent()).map(({ status, failures }) => `${status} ${failures}`)).toEqual(Array(3).fill("pending 0"));
    expect(awayLogs()).toEqual([
      {
        level: "error",
        message: "The mail server is unavailable.",
        error: expect.objectContaining({ message: "Mail not delivered (server): EAUTH 535" }),
      },
    ]);
    await restartSmtp("right");
    await app.keywright.deliverMail();
    expect(await unsent()).toEqual([]);
    expect(awayLogs().map(({ level }) => level)).toEqual(["error", "info"]);
  });

  test("what is too old for its kind is a dead letter, and what is not goes out when it is back", async () => {
    const { ada } = await queueThree();
    await restartSmtp("changed");
    await pass(app, 5.8 * hour, 1.45 * hour);
    expect(await dead()).toEqual([]);
    // While the server is away one mail is looked at a time.
    await pass(app, 0.4 * hour, 0.1 * hour);
    expect(await dead()).toEqual(["reset_password"]);
    await pass(app, 65.5 * hour, 13.1 * hour);
    expect(await dead()).toEqual(["reset_password"]);
    await pass(app, hour, hour / 4);
    expect(await dead()).toEqual(["reset_password", "verify_email"]);
    const message = expect.stringMatching(
      /^Mail [\w-]+ \(reset_password\) was given up\. Not delivered within 6 hours\.$/,
    );
    expect(app.logs).toContainEqual({ level: "error", message });
    expect(await stateOf("reset_password")).toMatchObject({ address: ada });
    await restartSmtp("right");
    await app.keywright.deliverMail();
    expect(await stateOf("archived_notice")).toMatchObject({ status: "sent" });
    expect(smtp.mails).toHaveLength(1);
  });

  test("a notice is given up after seven days, and it alone waited so long", async () => {
    await queueThree();
    await restartSmtp("changed");
    await pass(app, 6 * day, day);
    expect(await dead()).toEqual(["reset_password", "verify_email"]);
    await pass(app, 2 * day, day / 2);
    expect(await dead()).toEqual(["archived_notice", "reset_password", "verify_email"]);
    await restartSmtp("right");
  });

  test("it is tried by one mail at a time, rarer and rarer, up to once an hour", async () => {
    await restartSmtp("changed");
    await app.withMailAtRest(async () => {
      await queueMany(30);
    });
    // Its own worker, as an app has it: new mail and its polls make it look at the time.
    const perHour: number[] = [];
    for (let passed = 0; passed < 4; passed++) {
      const before = smtp.connections();
      for (let minutes = 0; minutes < 60; minutes += 2) {
        app.travel(2 * minute);
        app.keywright.deps.mailQueued();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      perHour.push(smtp.connections() - before);
    }
    // The first batch, and a try each at twice the distance.
    expect(perHour[0]).toBeGreaterThanOrEqual(4);
    expect(perHour[0]).toBeLessThanOrEqual(16);
    expect(perHour[3]).toBeLessThanOrEqual(2);
    expect(awayLogs()).toHaveLength(1);
    await restartSmtp("right");
    app.travel(hour);
    app.keywright.deps.mailQueued();
    await vi.waitFor(async () => expect(await unsent()).toEqual([]), 20_000);
  }, 60_000);

  test("another instance, which can reach one, delivers them at once", async () => {
    const { other: address } = await queueThree();
    await restartSmtp("changed");
    await app.keywright.deliverMail();
    const { app: other, sent } = await otherInstance();
    await other.keywright.deliverMail();
    expect(await unsent()).toEqual([]);
    expect(sent).toContain(address);
    await other.close();
    await restartSmtp("right");
  });
});

/** Notices, which need no account. */
async function queueMany(count: number): Promise<void> {
  const at = app.keywright.deps.now().toISOString();
  await app.sql(`insert into keywright.outbox (id, kind, address, created_at, next_attempt_at)
    select gen_random_uuid(), 'deleted_notice', 'gone' || n || '@example.com', '${at}', '${at}'
    from generate_series(1, ${count}) as n`);
}

/** On the same database, with a mailer of its own. */
async function otherInstance(config: TestConfig = {}) {
  const sent: string[] = [];
  const mailer = { send: async ({ to }: { to: string }) => void sent.push(to), close: async () => {} };
  const other = await createTestApp({ mailer, ...config }, app.database);
  other.travel(app.offsetMs());
  return { app: other, sent };
}

describe("O3: a mail that the server refuses", () => {
  const register = () =>
    app.visitor().registration.register.mutate({ email: `${randomUUID()}@example.com`, password: "correct horse" });
  const state = () => stateOf("verify_email");

  test.each(["550 5.7.1", "554", "550 5.1.8", "451"])("with %s waits until somebody has mended it", async (code) => {
    smtp.refuse(code, 1_000, "RCPT TO");
    await register();
    await pass(app, 2 * day, 12 * hour);
    expect(await state()).toMatchObject({ status: "pending" });
    smtp.refuse(code, 0);
    await pass(app, 20 * minute, 20 * minute);
    expect(await state()).toMatchObject({ status: "sent" });
  });

  test.each(["550 5.1.1", "550 5.2.1"])(
    "with %s, since there is no such address, is given up at once",
    async (code) => {
      smtp.refuse(code, 1_000, "RCPT TO");
      await register();
      await app.keywright.deliverMail();
      expect(await state()).toMatchObject({ status: "dead" });
      expect(app.logs.filter(({ level }) => level === "error")).toHaveLength(1);
    },
  );

  test.each(["550", "551", "553"])(
    "with %s, which may mean that, is given up at the third time in a day",
    async (code) => {
      smtp.refuse("451", 1_000, "RCPT TO");
      await register();
      await pass(app, 10 * minute, 2 * minute);
      const failures = Number((await state())?.failures);
      expect(failures).toBeGreaterThanOrEqual(2);
      smtp.refuse(code, 1_000, "RCPT TO");
      await pass(app, hour, 10 * minute);
      expect(await state()).toMatchObject({ status: "pending", failures: failures + 1 });
      await pass(app, 9 * hour, 3 * hour);
      expect(await state()).toMatchObject({ status: "pending", failures: failures + 2 });
      await pass(app, 9 * hour, 3 * hour);
      expect(await state()).toMatchObject({ status: "dead" });
      const [{ rejections } = {}] = await app.sql(
        "select rejections from keywright.outbox where kind = 'verify_email'",
      );
      expect(rejections).toBe(2);
    },
  );

  test("with an error of an app's own mailer waits, and goes out later", async () => {
    const state = { isDown: true };
    const sent: string[] = [];
    const send = ({ to }: { to: string }) => {
      if (state.isDown) throw Object.assign(new TypeError("fetch failed"), { code: "ECONNREFUSED" });
      sent.push(to);
      return Promise.resolve();
    };
    const own = await createTestApp({ mailer: { send, close: async () => {} } });
    await own.visitor().registration.register.mutate({ email: "own@example.com", password: "correct horse" });
    await pass(own, 5 * hour, 30 * minute);
    const [row] = await own.sql("select status, last_error from keywright.outbox");
    expect(row).toEqual({ status: "pending", last_error: expect.stringContaining("withheld") });
    state.isDown = false;
    await pass(own, 20 * minute, 20 * minute);
    expect(sent).toEqual(["own@example.com"]);
    await own.close();
  });
});

describe("a worker that stops", () => {
  test("gives back what it has not sent, and another delivers it at once", async () => {
    const alone = await createTestApp(
      { mailer: { send: () => new Promise(() => {}), close: async () => {} } },
      app.database,
    );
    alone.travel(app.offsetMs());
    const mailQueued = app.keywright.deps.mailQueued;
    app.keywright.deps.mailQueued = () => {};
    await alone.visitor().registration.register.mutate({ email: "slow@example.com", password: "correct horse" });
    const leased = "select id from keywright.outbox where locked_until is not null and status = 'pending'";
    await vi.waitFor(async () => expect(await app.sql(leased)).toHaveLength(1), 5_000);
    await alone.close();
    expect(await app.sql(leased)).toEqual([]);
    app.travel(10_000);
    await app.keywright.deliverMail();
    expect(smtp.mails.map(({ to }) => to)).toContain("slow@example.com");
    app.keywright.deps.mailQueued = mailQueued;
  }, 20_000);
});

test("B8: a worker that finds nothing looks rarer, and finds another instance's mail all the same", async () => {
  const { app: idle, sent } = await otherInstance({ mail: { pollMs: 20 } });
  await app.withMailAtRest(async () => {
    const polls = await idle.statementsIn(1_000);
    // Each twenty milliseconds they would be fifty.
    expect(polls.length).toBeGreaterThan(1);
    expect(polls.length).toBeLessThan(20);
    await app.visitor().registration.register.mutate({ email: "poll@example.com", password: "correct horse" });
    await vi.waitFor(() => expect(sent).toContain("poll@example.com"), 5_000);
  });
  await idle.close();
});
