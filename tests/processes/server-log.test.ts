import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { freePort } from "../support/free-port.js";
import { createServers, get, post, serverMain } from "../support/server-process.js";

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

test("A18: a server starts when nobody reads what it announces", async () => {
  const port = await freePort();
  const child = spawn(process.execPath, [serverMain], {
    cwd: await servers.makeFolder(),
    env: { PATH: process.env.PATH, PORT: String(port), DATABASE_URL: database.url ?? "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.destroy();
  child.stderr.destroy();
  const ended = once(child, "exit");
  const health = () =>
    fetch(`http://localhost:${port}/readyz`).then(
      ({ status }) => status,
      () => 0,
    );
  for (let attempt = 0; attempt < 300 && child.exitCode === null && (await health()) !== 200; attempt++)
    await sleep(100);
  // It installs its signal handlers right after it is ready.
  await sleep(3_000);
  expect(await health()).toBe(200);
  child.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
});
