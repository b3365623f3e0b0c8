import {
  type KeywrightConfig,
  type KeywrightContext,
  type LazyKeywright,
  type LogEntry,
  lazyKeywright,
  mountAuth,
  refusalOf,
  transformer,
} from "@keywright/api";
import { initTRPC } from "@trpc/server";
import postgres from "postgres";
import { afterEach, beforeEach, expect, test } from "vitest";
import { testSecret } from "../support/app.js";
import { createEmptyDatabase, type TestDatabase } from "../support/database.js";
import { refusal } from "../support/refusal.js";

const t = initTRPC.context<KeywrightContext>().create({ transformer, isDev: false });
const callerOf = t.createCallerFactory(t.router(mountAuth(t)));

let database: TestDatabase & { url: string };
let client: postgres.Sql;
let logs: LogEntry[];
let handles: LazyKeywright[];
let configured: number;
beforeEach(async () => {
  database = await createEmptyDatabase();
  client = postgres(database.url, { max: 1, onnotice: () => {} });
  logs = [];
  handles = [];
  configured = 0;
});
afterEach(async () => {
  for (const handle of handles) await handle.close();
  await client.end();
  await database.drop();
});

/** What a module does when it is loaded. */
function load(settings: Partial<KeywrightConfig> = {}): LazyKeywright {
  const handle = lazyKeywright(() => {
    configured++;
    const mailer = { send: async () => {}, close: async () => {} };
    const publicUrl = "http://localhost:3999";
    return {
      secret: testSecret,
      publicUrl,
      database: database.url,
      mailer,
      log: (entry) => logs.push(entry),
      ...settings,
    };
  });
  handles.push(handle);
  return handle;
}

const sessionIn = async (handle: LazyKeywright) => callerOf(await handle.contextOf(new Headers())).auth.config();

async function connections(): Promise<number> {
  const [row] = await client`select count(*)::int from pg_stat_activity where datname = current_database()`;
  return Number(row?.count) - 1;
}

test("H4: a module that is loaded, as at a build, reads no setting and connects to nothing", async () => {
  const handle = load();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([configured, await connections()]).toEqual([0, 0]);
  await sessionIn(handle);
  expect(configured).toBe(1);
  expect(await handle.isReady()).toBe(true);
});

test("H5: a module that is loaded again and again has one instance", async () => {
  const first = load();
  const keywright = await first.started();
  const before = await connections();
  for (let edit = 0; edit < 7; edit++) {
    const handle = load();
    expect(await handle.started()).toBe(keywright);
    await sessionIn(handle);
  }
  expect(await connections()).toBeLessThanOrEqual(before + 1);
});

test("calls that come at once start it once", async () => {
  const handle = load();
  const [one, ...others] = await Promise.all(Array.from({ length: 10 }, () => handle.started()));
  expect(others.every((other) => other === one)).toBe(true);
});

test("H5: with an edited setting the former instance is closed, also for who still has it", async () => {
  const former = load();
  const closed = await former.started();
  const edited = load({ mail: { appName: "Edited" } });
  const keywright = await edited.started();
  expect(keywright).not.toBe(closed);
  expect(await closed.isReady()).toBe(false);
  expect(await former.started()).toBe(keywright);
  await sessionIn(former);
  expect(await edited.isReady()).toBe(true);
});

test("while it cannot start, calls are told that it is unavailable, and it starts as soon as it can", async () => {
  const later = new URL(database.url);
  later.pathname = `${later.pathname}_later`;
  const handle = load({ database: later.href });
  expect(refusalOf(await refusal(sessionIn(handle)))).toMatchObject({ reason: "UNAVAILABLE" });
  expect(await handle.isReady()).toBe(false);
  expect(logs).toContainEqual(
    expect.objectContaining({ level: "error", message: expect.stringContaining("cannot start") }),
  );
  const name = later.pathname.slice(1);
  await client.unsafe(`create database ${name}`);
  try {
    await sessionIn(handle);
    expect(await handle.isReady()).toBe(true);
  } finally {
    await handle.close();
    await client.unsafe(`drop database ${name}`);
  }
});

test("a wrong setting is named in the log, and not to the caller", async () => {
  const handle = load({ secret: "short" });
  const error = await refusal(sessionIn(handle));
  expect(refusalOf(error).reason).toBe("UNAVAILABLE");
  expect(String(error)).not.toMatch(/secret/i);
  expect(logs[0]?.message).toMatch(/secret/i);
});

test("settings that cannot work do not take the place of what runs", async () => {
  const running = load();
  const keywright = await running.started();
  const broken = load({ database: "postgres://nobody@127.0.0.1:9/nothing" });
  expect(refusalOf(await refusal(sessionIn(broken))).reason).toBe("UNAVAILABLE");
  expect(await keywright.isReady()).toBe(true);
  expect(await running.started()).toBe(keywright);
});

test("what an app's own code throws is not in the log", async () => {
  const handle = lazyKeywright(() => {
    throw new Error("Unexpected token in s3cr3t-k3y");
  });
  expect(refusalOf(await refusal(sessionIn(handle))).reason).toBe("UNAVAILABLE");
  const refused = load({
    tokenManager: () => {
      throw new Error("Unexpected token in s3cr3t-k3y");
    },
  });
  await refusal(sessionIn(refused));
  expect(logs).toHaveLength(1);
  expect(JSON.stringify(logs)).not.toContain("s3cr3t");
});

test("takes a connection of the app's own", async () => {
  const handle = load({ database: await database.connect() });
  await sessionIn(handle);
  expect(await handle.isReady()).toBe(true);
});

test("two modules that start at once end with the one that was loaded later, and no other stays open", async () => {
  const [former, later] = [load(), load({ mail: { appName: "Later" } })];
  const started = await Promise.all([former.started(), later.started()]);
  const keywright = await later.started();
  expect(await former.started()).toBe(keywright);
  expect(await keywright.isReady()).toBe(true);
  for (const other of started.filter((one) => one !== keywright)) expect(await other.isReady()).toBe(false);
});
