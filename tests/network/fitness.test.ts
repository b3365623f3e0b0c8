import { randomBytes } from "node:crypto";
import { connect, inspect, migrate } from "@keywright/db";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startFault } from "../../packages/api/src/operator/start-fault.js";
import { type Cluster, startCluster } from "../support/postgres-cluster.js";
import { createServers, get, post } from "../support/server-process.js";

vi.setConfig({ testTimeout: 60_000 });
const servers = createServers();
let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => {
  await servers.close();
  await cluster.stop();
});

async function execute(database: string, ...statements: string[]): Promise<void> {
  const connection = await connect(urlOf(database));
  for (const statement of statements) await connection.db.execute(statement);
  await connection.close();
}

function urlOf(database: string, user = "tester"): string {
  return cluster.url.replace("tester@", `${user}@`).replace(/postgres$/, database);
}

/** What an operator reads; nothing if it starts. */
async function refusalOf(url: string): Promise<string> {
  const connection = await connect(url);
  const refused = migrate(connection).then(
    () => "",
    (error: unknown) => startFault(error, "DATABASE_URL"),
  );
  return await refused.finally(() => connection.close());
}

describe("D17: the right that is missing is named, with the cure, and the cure works", () => {
  const cure = (sentence: string) => /run (GRANT .*?)(?:, or .*)?\.$/.exec(sentence)?.[1] ?? "";

  test("no right to make the schema", async () => {
    await execute("postgres", "create role stranger login", "create database shop");
    const refusal = await refusalOf(urlOf("shop", "stranger"));
    expect(refusal).toBe(
      'The database user "stranger" lacks the right CREATE on the database "shop", to create the schema keywright: let the owner run GRANT CREATE ON DATABASE "shop" TO "stranger", or CREATE SCHEMA keywright AUTHORIZATION "stranger".',
    );
    await execute("shop", cure(refusal));
    expect(await refusalOf(urlOf("shop", "stranger"))).toBe("");
  });

  test("no right to use the schema, to make tables in it, or to use them", async () => {
    const own = `"Grace ""H"""`;
    await execute("postgres", `create role ${own} login`, "create database store");
    const url = urlOf("store", encodeURIComponent('Grace "H"'));
    await execute("store", "create schema keywright");
    const noUse = await refusalOf(url);
    expect(noUse).toMatch(/^The database user "Grace ""H""" lacks the right USAGE in the schema keywright: .*\.$/);
    await execute("store", `grant usage on schema keywright to ${own}`);
    const noTables = await refusalOf(url);
    expect(noTables).toMatch(/lacks the right CREATE in the schema keywright: let its owner run GRANT CREATE ON .*\.$/);
    await execute("store", cure(noTables));
    expect(await refusalOf(url)).toBe("");

    await execute("postgres", "create role reader login");
    await execute("store", "grant usage on schema keywright to reader");
    const noRows = await refusalOf(urlOf("store", "reader"));
    expect(noRows).toMatch(/lacks the right SELECT, INSERT, UPDATE or DELETE on tables in the schema keywright: .*\.$/);
    await execute("store", cure(noRows));
    expect(await refusalOf(urlOf("store", "reader"))).toBe("");
    await execute("store", "delete from keywright.migrations", "drop table keywright.outbox");
    expect(await refusalOf(urlOf("store", "reader"))).toMatch(/lacks the right CREATE in the schema keywright/);
  });
});

test.each(["LATIN1", "SQL_ASCII"])("D19: a database in %s is refused", async (encoding) => {
  const name = `in_${encoding.toLowerCase()}`;
  await execute("postgres", `create database ${name} encoding '${encoding}' template template0`);
  expect(await refusalOf(urlOf(name))).toMatch(
    new RegExp(`^The database is encoded in ${encoding}, .*ENCODING 'UTF8' TEMPLATE template0\\)\\.$`),
  );
});

test("D18: an instance whose database is read-only says so, and goes on by itself when it takes writes again", async () => {
  const ada = { email: "ada@example.com", password: "correct horse battery" };
  await execute("postgres", "create database quiet");
  const server = await servers.start({ DATABASE_URL: urlOf("quiet") });
  const ready = async () => {
    const answer = await fetch(`${server.url}/readyz`);
    return [answer.status, await answer.json()];
  };
  expect(await ready()).toEqual([200, { status: "ready" }]);
  const { headers } = await post(server.url, "registration.register", ada);
  const cookie = headers.get("set-cookie")?.split(";")[0] ?? "";
  // Sessions of the server keep their own setting, as where a host makes a full database read-only.
  await execute("postgres", "alter database quiet set default_transaction_read_only = on");
  await execute("postgres", "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'quiet'");
  await expect.poll(ready, { timeout: 5_000 }).toEqual([503, { status: "read-only" }]);
  expect((await post(server.url, "auth.login", ada)).refusal).toMatchObject({ reason: "UNAVAILABLE" });
  await execute("postgres", "alter database quiet set default_transaction_read_only = off");
  await expect.poll(ready, { timeout: 5_000 }).toEqual([200, { status: "ready" }]);
  expect((await get(server.url, "user.me", { cookie })).data).toMatchObject({ email: ada.email });
  expect((await post(server.url, "auth.login", ada)).status).toBe(200);
});

test("production over a network without encryption is warned of once, in the log", async () => {
  await execute("postgres", "create database online");
  const online = {
    NODE_ENV: "production",
    PUBLIC_URL: "https://auth.example.com",
    APP_URL: "https://www.example.com",
    KEYWRIGHT_SECRET: randomBytes(48).toString("base64"),
    SMTP_URL: "smtp://127.0.0.1:9",
    MAIL_FROM: "x@example.com",
  };
  const warnings = async (url: string) => {
    const server = await servers.start({ ...online, DATABASE_URL: url });
    await server.end();
    return server.stderr().match(/leaves this machine unencrypted.*sslmode/g)?.length ?? 0;
  };
  expect(await warnings(urlOf("online").replace("127.0.0.1", "0.0.0.0"))).toBe(1);
  expect(await warnings(urlOf("online"))).toBe(0);
});

test("the server is described for the operator", async () => {
  const connection = await connect(cluster.url);
  expect(await inspect(connection)).toMatchObject({
    serverVersion: expect.stringMatching(/^\d+\.\d+/),
    encoding: "UTF8",
    isReadOnly: false,
    isStandby: false,
    isExposed: false,
    user: "tester",
    database: "postgres",
    now: expect.any(Date),
  });
  await connection.close();
});
