import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { createTestApp, type TestApp } from "../support/app.js";
import { cookieOf } from "../support/raw.js";
import { appRouter } from "../support/router.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

/** What bounds each list in an answer. A procedure that answers with another one does not pass before it is named here. */
const bounds = {
  "auth.config": "the settings, which no caller adds to",
  "auth.sessions": "session.maxPerAccount",
  "social.accounts": "twenty",
  "social.login": "the fields of a registration",
  "social.providers": "the providers that are configured",
  "user.events": "its own limit, at most 100",
  "user.export": "as those of each list; the newest thousand events, a hundred mails",
};

const definition = z.object({ _def: z.object({ output: z.instanceof(z.core.$ZodType) }) });

test("A4: every answer is one thing or a list of bounded length", () => {
  const procedures: [string, unknown][] = Object.entries(appRouter._def.procedures);
  const lists = procedures.filter(([, procedure]) => {
    const { output } = definition.parse({ _def: Reflect.get(Object(procedure), "_def") })._def;
    return /"type":"array"|additionalProperties":\{/.test(
      JSON.stringify(z.toJSONSchema(output, { unrepresentable: "any" })),
    );
  });
  expect(lists.map(([path]) => path).toSorted()).toEqual(Object.keys(bounds));
});

test("A4: a caller with a long history is answered in little, also in a batch of ten", async () => {
  const ada = await app.addUser();
  const cookie = await cookieOf(app, ada);
  const owner = `(select id from keywright.users where email_key = '${ada.email}')`;
  await app.sql(
    `insert into keywright.audit_events (id, user_id, kind, at)
     select gen_random_uuid(), id, 'login.failed', created_at from keywright.users, generate_series(1, 2000) where id = ${owner}`,
  );
  const queries = ["user.events", "auth.sessions", "user.me", "auth.session", "auth.config"];
  const paths = [...queries, ...queries].join(",");
  const input = encodeURIComponent(JSON.stringify({ 0: { json: { limit: 100 } }, 5: { json: { limit: 100 } } }));
  const answer = await app.get(`${paths}?batch=1&input=${input}`, { cookie });
  expect(answer.status).toBe(200);
  expect((await answer.text()).length).toBeLessThan(100_000);
  const more = encodeURIComponent(JSON.stringify({ json: { limit: 101 } }));
  expect((await app.get(`user.events?input=${more}`, { cookie })).status).toBe(400);
});

test("A4: a refusal names twenty fields at most, each by a short path", async () => {
  const input = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`${"n".repeat(50)}${index}`, index]));
  const text = await (await app.post("auth.login", { ...input, ["p".repeat(2_000)]: 1 })).text();
  expect(text.match(/UNKNOWN_FIELD|REQUIRED/g)?.length).toBeLessThanOrEqual(20);
  expect(text.length).toBeLessThan(5_000);
});

test("A4: an account with thousands of sessions and long names for them is answered in little, ten times over", async () => {
  const ada = await app.addUser();
  const cookie = await cookieOf(app, ada);
  await app.sql(
    `insert into keywright.sessions (id, user_id, expires_at, absolute_expires_at, next_check_at, created_at, last_seen_at,
       authenticated_at, is_remembered, ip, user_agent, device_name)
     select gen_random_uuid(), user_id, expires_at, absolute_expires_at, next_check_at, created_at, last_seen_at,
       authenticated_at, true, ip, repeat('u', 500), repeat('d', 100) from keywright.sessions, generate_series(1, 3000)
     where user_id = (select id from keywright.users where email_key = '${ada.email}')`,
  );
  const answer = await app.get(`${Array(10).fill("auth.sessions").join(",")}?batch=1&input={}`, { cookie });
  const text = await answer.text();
  expect(answer.status).toBe(200);
  expect(text.match(/"deviceName"/g)?.length).toBe(10 * 100);
  expect(text.length).toBeLessThan(1_100_000);
});
