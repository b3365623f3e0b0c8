import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, startCluster } from "../support/postgres-cluster.js";
import { createServers, get, post, type ServerProcess } from "../support/server-process.js";

const faultMs = process.env.ENDURANCE === "long" ? 15_000 : 2_500;
const servers = createServers();
const ada = { email: "ada@example.com", password: "correct horse battery" };
const answered: string[] = [];
let cluster: Cluster;
let admin: postgres.Sql;
let sql: postgres.Sql;
let server: ServerProcess;
let cookie: string;

beforeAll(async () => {
  cluster = await startCluster({ settings: ["max_connections=30"] });
  admin = postgres(cluster.url, { max: 1, onnotice: () => {} });
  await admin`create database app`;
  const url = cluster.url.replace(/postgres$/, "app");
  sql = postgres(url, { max: 1, onnotice: () => {} });
  server = await servers.start({ DATABASE_URL: url });
  const { headers } = await post(server.url, "registration.register", ada);
  cookie = headers.get("set-cookie")?.split(";")[0] ?? "";
}, 120_000);
afterAll(async () => {
  await servers.close();
  await Promise.all([admin.end({ timeout: 1 }), sql.end({ timeout: 1 })]);
  await cluster.stop();
});

/** Of the app's database, without the one that asks. */
const sessions = async () =>
  (await admin`select pid from pg_stat_activity where datname = 'app' and backend_type = 'client backend'`).map(
    ({ pid }) => Number(pid),
  );
const terminate = () => admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = 'app'`;
const postmaster = async () => Number((await readFile(join(cluster.data, "postmaster.pid"), "utf8")).split("\n")[0]);

/** Each breaks the database, and returns what mends it. */
const faults: [name: string, harm: () => Promise<() => Promise<unknown>>][] = [
  [
    "ends every session",
    async () => {
      await terminate();
      return async () => {};
    },
  ],
  [
    "loses a process, and recovers from the crash",
    async () => {
      const [pid] = await sessions();
      if (pid) process.kill(pid, "SIGKILL");
      return async () => {};
    },
  ],
  [
    "is frozen",
    async () => {
      const pids = [await postmaster(), ...(await sessions())];
      for (const pid of pids) process.kill(pid, "SIGSTOP");
      return async () => {
        for (const pid of pids) process.kill(pid, "SIGCONT");
      };
    },
  ],
  [
    "has a table locked",
    async () => {
      const locker = postgres(cluster.url.replace(/postgres$/, "app"), { max: 1, onnotice: () => {} });
      const isOver = locker.begin(async (tx) => {
        await tx`lock table keywright.users, keywright.sessions in access exclusive mode`;
        await sleep(faultMs);
      });
      return async () => {
        await isOver;
        await locker.end();
      };
    },
  ],
  [
    "takes no writes",
    async () => {
      await admin`alter database app set default_transaction_read_only = on`;
      await terminate();
      return async () => {
        await admin`alter database app reset default_transaction_read_only`;
        await terminate();
      };
    },
  ],
  [
    "has no connections left",
    async () => {
      await terminate();
      const greedy = postgres(cluster.url, { max: 40, onnotice: () => {}, idle_timeout: 0 });
      const grabbed = Array.from({ length: 40 }, () => greedy`select pg_sleep(${faultMs / 1000})`.catch(() => null));
      return async () => {
        await Promise.all(grabbed);
        await greedy.end();
      };
    },
  ],
  [
    "lets nobody in",
    async () => {
      await admin`alter database app allow_connections false`;
      await terminate();
      return () => admin`alter database app allow_connections true`;
    },
  ],
  [
    "cancels every statement",
    async () => {
      const timer = setInterval(() => {
        void admin`select pg_cancel_backend(pid) from pg_stat_activity where datname = 'app'`.catch(() => {});
      }, 20);
      return async () => clearInterval(timer);
    },
  ],
  [
    "is too slow for every statement",
    async () => {
      await admin`alter database app set statement_timeout = 1`;
      await terminate();
      return async () => {
        await admin`alter database app reset statement_timeout`;
        await terminate();
      };
    },
  ],
];

test.each(faults)(
  "while the database %s, no answered sign-up is lost, nobody is signed out and the server lives",
  async (name, harm) => {
    const mend = await harm();
    const until = performance.now() + faultMs;
    for (let index = 0; performance.now() < until; index++) {
      const email = `${name.replaceAll(/\W+/g, "-")}-${index}@example.com`;
      const { status } = await post(server.url, "registration.register", { ...ada, email });
      expect([200, 429, 503]).toContain(status);
      if (status === 200) answered.push(email);
    }
    await mend();
    await expect
      .poll(async () => (await fetch(`${server.url}/readyz`)).status, { timeout: 30_000, interval: 100 })
      .toBe(200);
    await expect
      .poll(async () => (await get(server.url, "user.me", { cookie })).data, { timeout: 10_000 })
      .toMatchObject({ email: ada.email });
    expect((await post(server.url, "auth.login", ada)).status).toBe(200);
    const rows = await sql`select email from keywright.users`.catch(() => sql`select email from keywright.users`);
    expect(rows.map(({ email }) => email)).toEqual(expect.arrayContaining(answered));
  },
  120_000,
);
