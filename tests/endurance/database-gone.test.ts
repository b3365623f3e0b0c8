import { open, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type Cluster, startCluster } from "../support/postgres-cluster.js";
import { createServers, post, type ServerProcess } from "../support/server-process.js";
import { type SmtpSink, startSmtpServer } from "../support/smtp.js";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const outageMs = process.env.ENDURANCE === "long" ? 15_000 : 1_000;
const password = "correct horse battery";
const servers = createServers();
let cluster: Cluster;
let smtp: SmtpSink;
let server: ServerProcess;
let url: string;

beforeAll(async () => {
  smtp = await startSmtpServer();
  // A log of writes that is as small as it gets, and no vacuum that makes room.
  const settings = ["max_connections=30", "max_wal_size=32MB", "min_wal_size=32MB", "autovacuum=off"];
  cluster = await startCluster({ diskMb: 192, settings });
  const admin = postgres(cluster.url, { max: 1, onnotice: () => {} });
  await admin`create database app`;
  await admin.end();
  url = cluster.url.replace(/postgres$/, "app");
  const folder = await servers.makeFolder();
  const limits = { registrationsPerIpPerMinute: 100_000, mailsPerIpPerMinute: 100_000 };
  await writeFile(join(folder, "keywright.config.mjs"), `export default { limits: ${JSON.stringify(limits)} };`);
  server = await servers.start({ DATABASE_URL: url, SMTP_URL: smtp.url, MAIL_FROM: "no-reply@example.com" }, folder);
});
afterAll(async () => {
  await servers.close();
  await smtp.stop();
  await cluster.stop();
});

const readiness = async () => (await fetch(`${server.url}/readyz`)).status;

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Registers people, some at a time, until `stop`. */
function registerPeople(name: string) {
  const statuses: number[] = [];
  const answered: string[] = [];
  let isOver = false;
  const lanes = Array.from({ length: 3 }, async (_, lane) => {
    for (let index = 0; !isOver; index++) {
      const email = `${name}-${lane}-${index}@example.com`;
      const { status } = await post(server.url, "registration.register", { email, password });
      statuses.push(status);
      if (status === 200) answered.push(email);
      else await sleep(20);
    }
  });
  const stop = async () => {
    isOver = true;
    await Promise.all(lanes);
  };
  ends.push(stop);
  return { statuses, answered, stop };
}

/** Writes to its disk until nothing more fits; returns what makes room. */
async function fillDisk(): Promise<() => Promise<void>> {
  const path = join(dirname(cluster.data), "ballast");
  const file = await open(path, "w");
  for (const size of [1 << 20, 4096]) {
    const chunk = Buffer.alloc(size);
    const isFull = (error: unknown) => error instanceof Error && "code" in error && error.code === "ENOSPC";
    for (let hasRoom = true; hasRoom; ) {
      hasRoom = await file.write(chunk).then(
        () => true,
        (error: unknown) => {
          if (!isFull(error)) throw error;
          return false;
        },
      );
    }
  }
  await file.close();
  return () => rm(path);
}

const tables = { users: "created_at", passwords: "hash", sessions: "ip", outbox: "kind", audit_events: "kind" };

/** Each breaks the database, and returns what mends it. */
const faults: [name: string, whileBroken: 200 | 503, harm: () => Promise<() => Promise<unknown>>][] = [
  [
    "is stopped at once, and started again at the same address",
    503,
    async () => {
      await cluster.stopAtOnce();
      return () => cluster.startAgain();
    },
  ],
  [
    // Nothing is wrong with reading, nor with what still fits.
    "has a full disk, and no room for another row",
    200,
    async () => {
      const reader = postgres(url, { max: 1, onnotice: () => {} });
      // Whoever may still look at old rows keeps their room from being used again.
      const looking = await reader.reserve();
      await looking`begin isolation level repeatable read`;
      await looking`select 1 from keywright.users`;
      const makeRoom = await fillDisk();
      for (const [table, column] of Object.entries(tables)) {
        await untilRefused(`update keywright.${table} set ${column} = ${column}`);
      }
      return async () => {
        looking.release();
        await reader.end({ timeout: 1 });
        await makeRoom();
      };
    },
  ],
  [
    "has a full disk, cannot log what it does, and ends",
    503,
    async () => {
      const makeRoom = await fillDisk();
      await untilRefused("select pg_logical_emit_message(true, 'of', 'tests'), pg_switch_wal()");
      return async () => {
        await makeRoom();
        await cluster.startAgain();
      };
    },
  ],
];

/** Fills a table or the log of writes with what is there already. */
async function untilRefused(statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  for (let isRefused = false; !isRefused; ) {
    isRefused = await sql.unsafe(statement).then(
      () => false,
      () => true,
    );
  }
  await sql.end({ timeout: 1 });
}

test.each(faults)(
  "while PostgreSQL %s, /readyz answers %i; nothing that was answered is lost, and the server goes on by itself",
  async (name, whileBroken, harm) => {
    const people = registerPeople(name.replaceAll(/\W+/g, "-"));
    await expect.poll(() => people.answered.length, { timeout: 20_000 }).toBeGreaterThan(2);
    const mend = await harm();
    await expect.poll(readiness, { timeout: 20_000 }).toBe(whileBroken);
    await expect.poll(() => people.statuses.at(-1), { timeout: 20_000 }).toBe(503);
    await sleep(outageMs);
    expect(await readiness()).toBe(whileBroken);
    await mend();
    const before = people.answered.length;
    await expect.poll(readiness, { timeout: 10_000 }).toBe(200);
    await expect.poll(() => people.answered.length, { timeout: 10_000 }).toBeGreaterThan(before);
    await people.stop();
    expect([...new Set(people.statuses)].toSorted()).toEqual([200, 503]);
    await expectNothingLost(people.answered);
  },
);

async function expectNothingLost(answered: readonly string[]): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const rows = await sql`select email from keywright.users`;
  expect(rows.map(({ email }) => email)).toEqual(expect.arrayContaining([...answered]));
  const waiting = () => sql`select status, last_error from keywright.outbox where status <> 'sent'`;
  await expect.poll(waiting, { timeout: 60_000, interval: 200 }).toEqual([]);
  expect(smtp.mails.map(({ to }) => to)).toEqual(expect.arrayContaining([...answered]));
  await sql.end();
}

test("the server has not crashed over it", async () => {
  expect(server.stderr()).not.toContain("crashed");
  expect(await server.end()).toBe(0);
});
