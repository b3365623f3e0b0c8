import { mailFailure } from "@keywright/api";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";

const hour = 3_600_000;
const answers: { refusal: Error | null; hangs: RegExp; failsFor: RegExp } = {
  refusal: null,
  hangs: /^(?!)/,
  failsFor: /^(?!)/,
};
const sent: string[] = [];
const hanging: (() => void)[] = [];
let app: TestApp;
beforeAll(async () => {
  const send = async ({ to }: { to: string }) => {
    if (answers.hangs.test(to)) await new Promise<void>((resolve) => void hanging.push(resolve));
    if (answers.refusal) throw answers.refusal;
    if (answers.failsFor.test(to)) throw mailFailure("mail", "EENVELOPE 451");
    sent.push(to);
  };
  app = await createTestApp({ mailer: { send, close: async () => {} } });
});
const letGo = async () => {
  Object.assign(answers, { refusal: null, hangs: /^(?!)/, failsFor: /^(?!)/ });
  for (const go of hanging.splice(0)) go();
  await app.keywright.deliverMail();
};
afterAll(async () => {
  await letGo();
  await app.close();
});
beforeEach(async () => {
  await letGo();
  await app.sql("delete from keywright.outbox");
  sent.length = 0;
});

let people = 0;
const register = async () => {
  const email = `person${++people}@example.com`;
  await app.visitor().registration.register.mutate({ email, password: "correct horse" });
  return email;
};
/** Notices to people at these domains, by turns; then the worker is woken. */
async function queue(count: number, ...domains: string[]): Promise<void> {
  const at = `'${app.keywright.deps.now().toISOString()}'`;
  const address = `'n' || n || '@' || (array['${domains.join("','")}'])[n % ${domains.length} + 1]`;
  await app.sql(`insert into keywright.outbox (id, kind, address, created_at, next_attempt_at)
    select gen_random_uuid(), 'deleted_notice', ${address}, ${at}, ${at} from generate_series(1, ${count}) as n`);
  app.keywright.deps.mailQueued();
}
const stateOf = async () => (await app.sql("select status, failures, rejections from keywright.outbox"))[0];
const pass = async (hours: number) => {
  app.travel(hours * hour);
  await app.keywright.deliverMail();
};

describe("a mail that the mail server refuses", () => {
  test("is tried three times within a day where the mailbox may not exist, then given up (O3)", async () => {
    answers.refusal = mailFailure("rejected", "EENVELOPE 550");
    await register();
    await app.keywright.deliverMail();
    expect(await stateOf()).toMatchObject({ status: "pending", rejections: 1 });
    await pass(9);
    expect(await stateOf()).toMatchObject({ status: "pending", rejections: 2 });
    await pass(9);
    expect(await stateOf()).toMatchObject({ status: "dead" });
    await pass(9);
    expect((await app.keywright.mails.list({ state: "dead" })).mails).toHaveLength(1);
  });

  test("for a reason that can be mended waits, and leaves once it is mended (O3)", async () => {
    answers.refusal = mailFailure("mail", "EENVELOPE 550 5.7.1");
    const email = await register();
    for (let round = 0; round < 8; round++) await pass(6);
    expect(await stateOf()).toMatchObject({ status: "pending" });
    answers.refusal = null;
    await pass(1);
    expect(sent).toEqual([email]);
  });
});

describe("a mail server that is slow for some", () => {
  test("holds up nobody else: a place that is free again is given to the next mail at once (O4)", async () => {
    answers.hangs = /@slow\.test$/;
    await queue(25, "slow.test");
    await vi.waitFor(() => expect(hanging.length).toBe(20), 5_000);
    await queue(15, "example.com");
    await vi.waitFor(() => expect(sent).toHaveLength(15), 5_000);
    hanging.pop()?.();
    await vi.waitFor(() => expect(hanging.length).toBe(20), 5_000);
    expect(sent).toHaveLength(16);
  });

  test("does not let old mails that are tried again come before new ones (O4)", async () => {
    answers.failsFor = /@moody\d\.test$/;
    await queue(30, "moody0.test", "moody1.test", "moody2.test", "moody3.test");
    await app.keywright.deliverMail();
    expect(await app.sql("select 1 from keywright.outbox where failures > 0")).toHaveLength(30);
    answers.hangs = answers.failsFor;
    app.travel(hour);
    app.keywright.deps.mailQueued();
    await vi.waitFor(() => expect(hanging.length).toBe(15), 5_000);
    const email = await register();
    await vi.waitFor(() => expect(sent).toEqual([email]), 5_000);
  });
});
