import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, connect, isMigrated, migrate } from "@keywright/db";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { startMigrator } from "../support/database-process.js";

const SLOW_MS = 120_000;
const cleanUps: (() => unknown)[] = [];
let directory = "";

beforeEach(async () => {
  const parent = await mkdtemp(join(tmpdir(), "keywright-embedded-"));
  directory = join(parent, "new", "data");
  cleanUps.push(() => rm(parent, { recursive: true, force: true }));
});

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

test(
  "a second process is told what to do, and let in once the first is killed or closes",
  async () => {
    const holder = await startMigrator(`pglite:${directory}`);
    cleanUps.push(holder.kill);
    expect(await holder.migrate()).toBe("migrated");
    const inUse = `${directory} is in use by another Keywright process (pid ${holder.pid} on `;
    await expect(open()).rejects.toThrow(inUse);
    await expect(open()).rejects.toThrow("Stop it, or set DATABASE_URL=postgres://… to run several processes.");

    await holder.kill();
    const connection = await open();
    expect(await isMigrated(connection)).toBe(true);
    expect((await readdir(directory)).sort()).toEqual([expect.stringMatching(/^lock-.*\.sock$/), "pg"]);
    await expect(open()).rejects.toThrow("already open in this process");
    const other = await startMigrator(`pglite:${directory}`);
    cleanUps.push(other.kill);
    expect(await other.migrate()).toContain(`in use by another Keywright process (pid ${process.pid} on `);

    await connection.close();
    const next = await startMigrator(`pglite:${directory}`);
    cleanUps.push(next.kill);
    expect(await next.migrate()).toBe("migrated");
  },
  SLOW_MS,
);

test(
  "a first start that was killed leaves nothing in the way of the next",
  async () => {
    const first = await startMigrator(`pglite:${directory}`);
    cleanUps.push(first.kill);
    void first.migrate();
    await vi.waitUntil(() => isThere(join(directory, "pg", "base")), { timeout: SLOW_MS, interval: 5 });
    await first.kill();
    expect(await readdir(directory)).toContain("unfinished");

    const connection = await open();
    await migrate(connection);
    expect(await isMigrated(connection)).toBe(true);
    expect(await readdir(directory)).not.toContain("unfinished");
  },
  SLOW_MS,
);

test(
  "the directory is the owner's alone, and stays so",
  async () => {
    await mkdir(directory, { recursive: true, mode: 0o755 });
    const connection = await open();
    expect(await modeOf(directory)).toBe("700");
    await connection.ping();
    await connection.close();
    expect(await modeOf(directory)).toBe("700");
    expect(await readdir(directory)).toEqual(["pg"]);
  },
  SLOW_MS,
);

test("the process of another container on the same volume is seen through the directory", async () => {
  await mkdir(directory, { recursive: true });
  const elsewhere = net
    .createServer((socket) => socket.end("pid 1 on 3f2a"))
    .listen(join(directory, "lock-0a1b2c3d.sock"));
  await once(elsewhere, "listening");
  await expect(open()).rejects.toThrow("in use by another Keywright process (pid 1 on 3f2a)");
  elsewhere.close();
});

test("a directory of another PostgreSQL major is refused before anything touches it", async () => {
  await mkdir(join(directory, "pg"), { recursive: true });
  await writeFile(join(directory, "pg", "PG_VERSION"), "17\n");
  for (let attempt = 0; attempt < 2; attempt++) {
    await expect(open()).rejects.toThrow(
      `${directory} was written by PostgreSQL 17, and this version of Keywright reads 18 only.`,
    );
  }
  expect(await readdir(join(directory, "pg"))).toEqual(["PG_VERSION"]);
});

test("a directory with other things in it is refused and keeps its mode", async () => {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "thesis.txt"), "");
  const mode = await modeOf(directory);
  await expect(open()).rejects.toThrow(`${directory} holds other files`);
  expect(await modeOf(directory)).toBe(mode);
});

describe("a damaged folder (O14)", () => {
  let whole = "";
  beforeAll(async () => {
    whole = await mkdtemp(join(tmpdir(), "keywright-whole-"));
    const holder = await startMigrator(`pglite:${whole}`);
    expect(await holder.migrate()).toBe("migrated");
    await holder.kill();
    for (const name of await readdir(whole)) if (name !== "pg") await rm(join(whole, name));
  }, SLOW_MS);
  afterAll(() => rm(whole, { recursive: true, force: true }));

  const harms: [what: string, harm: (cluster: string) => Promise<unknown>][] = [
    ["its control file is gone", (cluster) => rm(join(cluster, "global/pg_control"))],
    ["its control file is empty", (cluster) => truncate(join(cluster, "global/pg_control"), 0)],
    ["its version is empty", (cluster) => truncate(join(cluster, "PG_VERSION"), 0)],
    ["its version is gone", (cluster) => rm(join(cluster, "PG_VERSION"))],
    ["its write-ahead log is gone", (cluster) => rm(join(cluster, "pg_wal"), { recursive: true })],
    ["its tables are gone", (cluster) => rm(join(cluster, "base"), { recursive: true })],
    [
      "its tables are empty",
      async (cluster) => {
        for (const name of await readdir(join(cluster, "base/5"))) await truncate(join(cluster, "base/5", name), 0);
      },
    ],
  ];

  test.each(harms)(
    "is named in one sentence if %s",
    async (_what, harm) => {
      await cp(whole, directory, { recursive: true });
      await harm(join(directory, "pg"));
      const migrator = await startMigrator(`pglite:${directory}`);
      cleanUps.push(migrator.kill);
      expect(await migrator.migrate()).toBe(
        `The database in ${directory} is damaged: restore the folder from a backup, or move it away to start with an empty database.`,
      );
    },
    SLOW_MS,
  );
});

async function open(): Promise<Connection> {
  const connection = await connect(`pglite:${directory}`);
  cleanUps.push(() => connection.close());
  return connection;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}
