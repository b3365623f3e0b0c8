import { randomUUID } from "node:crypto";
import { type KeywrightEvent, mailFailure } from "@keywright/api";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";

const password = "correct horse";
const events: KeywrightEvent[] = [];
const mailer: { fault: "address" | "server" | null } = { fault: null };
const sent: { to: string; text: string; messageId: string }[] = [];
let app: TestApp;
beforeAll(async () => {
  const send = async (mail: { to: string; text: string; messageId: string }) => {
    if (mailer.fault) throw mailFailure(mailer.fault, "550 5.1.1");
    sent.push(mail);
  };
  app = await createTestApp({ mailer: { send, close: async () => {} }, onEvent: (event) => void events.push(event) });
});
afterAll(() => app.close());
beforeEach(async () => {
  mailer.fault = "address";
  await app.keywright.deliverMail();
  await app.sql("delete from keywright.outbox");
  sent.length = 0;
});

async function deadMail(email = `dead${randomUUID()}@example.com`) {
  await app.visitor().registration.register.mutate({ email, password });
  await app.keywright.deliverMail();
  const [mail] = (await app.keywright.mails.list()).mails;
  return { email, id: mail?.id ?? "" };
}

test("an operator sees who was not reached, and why, and never a link (O2)", async () => {
  const { email, id } = await deadMail();
  const seen = await app.keywright.mails.show(id);
  expect(seen).toMatchObject({ id, kind: "verify_email", state: "dead", to: email, failures: 0, isBeingSent: false });
  expect(seen?.lastError).toBe("Mail not delivered (address): 550 5.1.1");
  expect(JSON.stringify([seen, await app.keywright.mails.list()])).not.toMatch(/kwo_|token=|secret|seed/i);
});

test("a dead mail that is tried again is sent, with a link that works, and that is on record (O2)", async () => {
  const { email, id } = await deadMail();
  mailer.fault = null;
  expect(await app.keywright.mails.retry(id, "ada, on call")).toBe("done");
  await app.keywright.deliverMail();
  const [mail] = sent;
  expect(mail?.to).toBe(email);
  const token = mail?.text.match(/kwo_[\w-]+/)?.[0] ?? "";
  expect(await app.visitor().registration.verifyEmail.mutate({ token })).toEqual({ status: "verified" });
  const seen = await app.keywright.mails.show(id);
  expect(seen).toMatchObject({ state: "sent", to: null, lastError: null });
  expect(mail?.messageId).toContain(`<${seen?.messageId}@`);
  const [event] = await app.sql("select * from keywright.audit_events where kind = 'mail.retried'");
  expect(event).toMatchObject({ subject_id: id, operator: "ada, on call", user_id: null });
  expect(events).toContainEqual(
    expect.objectContaining({ kind: "mail.retried", mailId: id, operator: "ada, on call" }),
  );
});

test("a mail that died of age counts its age from the retry (O2)", async () => {
  mailer.fault = "server";
  const email = "aged@example.com";
  await app.visitor().registration.register.mutate({ email, password });
  app.travel(4 * 86_400_000);
  await app.keywright.deliverMail();
  const [old] = (await app.keywright.mails.list()).mails;
  expect(old).toMatchObject({ state: "dead", to: email, lastError: "Not delivered within 72 hours." });
  mailer.fault = null;
  expect(await app.keywright.mails.retry(old?.id ?? "")).toBe("done");
  await app.keywright.deliverMail();
  expect(sent.map(({ to }) => to)).toEqual([email]);
});

test("a mail that is dropped forgets its recipient and is not sent, and that is on record (O2)", async () => {
  const { id } = await deadMail();
  mailer.fault = null;
  expect(await app.keywright.mails.drop(id)).toBe("done");
  await app.keywright.deliverMail();
  expect(sent).toEqual([]);
  expect(await app.keywright.mails.show(id)).toMatchObject({ state: "dropped", to: null });
  expect(
    await app.sql(`select 1 from keywright.audit_events where kind = 'mail.dropped' and subject_id = '${id}'`),
  ).toHaveLength(1);
  expect([await app.keywright.mails.drop(id), await app.keywright.mails.retry(id)]).toEqual(["over", "over"]);
});

test("what is not there, or in an instance's hands, is left alone and not on record (O2)", async () => {
  for (const id of [randomUUID(), "nonsense", ""]) {
    expect(await app.keywright.mails.show(id)).toBeNull();
    expect([await app.keywright.mails.retry(id), await app.keywright.mails.drop(id)]).toEqual([
      "not_found",
      "not_found",
    ]);
  }
  const before = await app.sql("select count(*)::int as n from keywright.audit_events where kind like 'mail.%'");
  await app.withMailAtRest(() => app.visitor().registration.register.mutate({ email: "held@example.com", password }));
  await app.sql("update keywright.outbox set locked_until = now() + interval '1 day', locked_by = gen_random_uuid()");
  const [held] = (await app.keywright.mails.list({ state: "pending" })).mails;
  const id = held?.id ?? "";
  expect(held).toMatchObject({ isBeingSent: true, nextAttemptAt: null });
  expect([await app.keywright.mails.retry(id), await app.keywright.mails.drop(id)]).toEqual([
    "being_sent",
    "being_sent",
  ]);
  expect(await app.sql("select count(*)::int as n from keywright.audit_events where kind like 'mail.%'")).toEqual(
    before,
  );
});

test("they come by pages, the newest first, each once, and never more than a hundred (O2)", async () => {
  await app.sql(`insert into keywright.outbox (id, kind, address, status, created_at, next_attempt_at, settled_at)
    select gen_random_uuid(), 'deleted_notice', 'n' || n || '@example.com', 'dead', now(), now(), now()
    from generate_series(1, 120) as n`);
  const seen: (string | null)[] = [];
  let after: string | undefined;
  do {
    const page: Awaited<ReturnType<typeof app.keywright.mails.list>> = await app.keywright.mails.list({
      limit: 50,
      ...(after && { after }),
    });
    seen.push(...page.mails.map(({ to }) => to));
    after = page.next ?? undefined;
  } while (after !== undefined);
  expect(seen).toHaveLength(120);
  expect(new Set(seen).size).toBe(120);
  expect(seen[0]).toBe("n120@example.com");
  await expect(app.keywright.mails.list({ limit: 101 })).rejects.toThrow();
  await expect(app.keywright.mails.list({ after: "1; drop table" })).rejects.toThrow(
    "`after` is not from a page of this list.",
  );
});
