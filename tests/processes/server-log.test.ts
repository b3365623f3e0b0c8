import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { createServers, get, post } from "../support/server-process.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const servers = createServers();
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await servers.close();
  await database.drop();
});

const ada = { email: "ada@example.com", password: "correct horse battery" };

test("A18: callers are served when nobody reads the log any more", async () => {
  const server = await servers.start({ DATABASE_URL: database.url ?? "" });
  const connection = await database.connect();
  await connection.db.execute("alter table keywright.users rename column email_key to email_key_away");
  expect((await post(server.url, "auth.login", ada)).refusal).toMatchObject({ reason: "INTERNAL" });
  expect(server.stderr()).toContain("A call failed.");
  server.stopReading();
  for (let call = 0; call < 3; call++) {
    expect((await post(server.url, "auth.login", ada)).refusal).toMatchObject({ reason: "INTERNAL" });
    await sleep(100);
  }
  await connection.db.execute("alter table keywright.users rename column email_key_away to email_key");
  expect((await post(server.url, "registration.register", ada)).status).toBe(200);
  expect((await get(server.url, "auth.config")).status).toBe(200);
  expect(await server.end()).toBe(0);
});
