import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { createEmptyDatabase, type TestDatabase } from "../support/database.js";
import { createServers, get, mailedLink, post, type ServerProcess, submit } from "../support/server-process.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const servers = createServers();
const ada = { email: "ada@example.com", password: "correct horse battery" };
let database: TestDatabase & { url: string };
let first: ServerProcess;
let second: ServerProcess;

beforeAll(async () => {
  database = await createEmptyDatabase();
  const folder = await servers.makeFolder();
  const start = () => servers.start({ DATABASE_URL: database.url }, folder);
  // At once: they also race for the migrations and for the secret.
  [first, second] = await Promise.all([start(), start()]);
});
afterAll(async () => {
  await servers.close();
  await database.drop();
});

test("two servers that start at once on an empty database agree on tables and secret", async () => {
  expect(first.stdout()).toContain("Data: PostgreSQL, as set by DATABASE_URL.");
  const keysOf = async ({ url }: ServerProcess) => (await fetch(`${url}/.well-known/jwks.json`)).text();
  expect(await keysOf(second)).toBe(await keysOf(first));
  expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
  expect((await fetch(`${second.url}/readyz`)).status).toBe(200);
});

test("I register on one, verify on the other, and log in on the first", async () => {
  expect((await post(first.url, "registration.register", ada)).data).toMatchObject({ user: { emailVerified: false } });
  const link = await mailedLink(second, ada.email);
  const done = await submit(`${second.url}/verify-email`, { token: link.searchParams.get("token") ?? "" });
  expect(done.status).toBe(200);
  expect((await post(first.url, "auth.login", ada)).data).toMatchObject({ user: { emailVerified: true } });
});

test("a session of one is good at the other, and a logout on one counts on both", async () => {
  const { headers } = await post(first.url, "auth.login", ada);
  const cookie = headers.get("set-cookie")?.split(";")[0] ?? "";
  expect((await get(second.url, "user.me", { cookie })).data).toMatchObject({ email: ada.email });
  expect((await post(second.url, "auth.logout", {}, { cookie, origin: second.url })).status).toBe(200);
  expect((await get(first.url, "user.me", { cookie })).refusal).toMatchObject({ reason: "NOT_AUTHENTICATED" });
});

test("each mail is delivered once, whoever takes it", async () => {
  const people = Array.from({ length: 8 }, (_, index) => `person${index}@example.com`);
  await Promise.all(
    people.map((email, index) => {
      const { url } = index % 2 === 0 ? first : second;
      return post(url, "registration.register", { email, password: ada.password });
    }),
  );
  for (const email of people) await mailedLink(first, email);
  const mails: unknown = await (await fetch(`${second.url}/dev/mailbox.json`)).json();
  const receivers = z
    .array(z.object({ to: z.string() }))
    .parse(mails)
    .map(({ to }) => to)
    .filter((to) => to.startsWith("person"));
  expect(receivers.sort()).toEqual(people);
});
