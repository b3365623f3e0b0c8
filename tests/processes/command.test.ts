import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runCommand } from "../../apps/cli/src/command.js";
import { migrationFiles } from "../../packages/db/src/migrations.js";
import { createEmptyDatabase, type TestDatabase } from "../support/database.js";
import { type SmtpSink, startSmtpServer } from "../support/smtp.js";

const program = fileURLToPath(new URL("../../apps/cli/bin/keywright.js", import.meta.url));
const password = "geheim-4711";
const tags = migrationFiles.map(({ tag }) => tag).join(", ");

let database: TestDatabase & { url: string };
let client: postgres.Sql;
let folder: string;
let smtp: SmtpSink;
beforeEach(async () => {
  database = await createEmptyDatabase();
  client = postgres(database.url, { max: 1, onnotice: () => {} });
  folder = await mkdtemp(join(tmpdir(), "keywright-command-"));
  smtp = await startSmtpServer({ login: { user: "app", password } });
});
afterEach(async () => {
  vi.useRealTimers();
  await smtp.stop();
  await rm(folder, { recursive: true, force: true });
  await client.end();
  await database.drop();
});

/** Runs the command where an operator would. Nothing that it prints contains a secret. */
async function keywright(
  args: string[],
  environment: Record<string, string> = {},
  confirm?: (question: string) => Promise<boolean>,
) {
  const said: string[] = [];
  const complaints: string[] = [];
  const all = { DATABASE_URL: database.url, ...environment };
  const say = (line: string) => void said.push(...line.split("\n"));
  const complain = (line: string) => void complaints.push(...line.split("\n"));
  const code = await runCommand(args, { environment: all, folder, say, complain, ...(confirm && { confirm }) });
  expect([...said, ...complaints].join()).not.toContain(password);
  return { code, said, complaints };
}

/** What the doctor finds wrong. */
async function wrongs(environment: Record<string, string> = {}) {
  const { code, said } = await keywright(["doctor"], environment);
  const wrong = said.filter((line) => line.startsWith("✗ ")).map((line) => line.slice(2));
  expect(code).toBe(wrong.length === 0 ? 0 : 1);
  return wrong;
}

const withMail = (user = "app") => ({
  SMTP_URL: `smtp://${user}:${password}@127.0.0.1:${smtp.port}`,
  MAIL_FROM: "a@b.test",
});

describe("keywright migrate", () => {
  test("creates the tables and says what it did; again, there is nothing to do", async () => {
    expect(await keywright(["migrate"])).toEqual({
      code: 0,
      said: [`Applied ${tags}.`],
      complaints: [],
    });
    const again = await keywright(["migrate"], { NODE_ENV: "production" });
    expect(again).toEqual({ code: 0, said: ["Nothing to do: all migrations are applied."], complaints: [] });
    expect(await client`select hash from keywright.migrations`).toHaveLength(migrationFiles.length);
  });

  test("finds the database in the settings file, and names its entry if it is wrong or does not answer", async () => {
    const write = (address: string) =>
      writeFile(join(folder, "keywright.config.mjs"), `export default { database: ${JSON.stringify(address)} };`);
    await write(`postgres://u:${password}@127.0.0.1:1/x`);
    const away = await keywright(["migrate"], { DATABASE_URL: "" });
    expect(away.complaints).toEqual([
      expect.stringMatching(/^The database set by `database` in keywright\.config\.mjs /),
    ]);
    await rm(join(folder, "keywright.config.mjs"));
    await writeFile(join(folder, "keywright.config.js"), `export default { database: "mysql://u:${password}@x" };`);
    const wrong = await keywright(["migrate"], { DATABASE_URL: "" });
    expect(wrong).toMatchObject({
      code: 1,
      complaints: [expect.stringMatching(/^keywright\.config\.js: .*`database`/)],
    });
  });

  test("says in a sentence why it cannot", async () => {
    const away = { DATABASE_URL: `postgres://u:${password}@127.0.0.1:1/x` };
    const { code, said, complaints } = await keywright(["migrate"], away);
    expect([code, said]).toEqual([1, []]);
    expect(complaints).toEqual([
      "The database set by DATABASE_URL does not answer: start it, or correct the host and the port (ECONNREFUSED).",
    ]);
    const unset = await keywright(["migrate"], { DATABASE_URL: "", NODE_ENV: "production" });
    expect(unset.complaints).toEqual([expect.stringMatching(/^DATABASE_URL must be set in production/)]);
  });
});

describe("keywright doctor", () => {
  test("finds all well, tries the mail server without a mail, and changes nothing", async () => {
    await keywright(["migrate"]);
    const { code, said } = await keywright(["doctor"], withMail());
    expect(said.map((line) => line.split(":")[0])).toEqual(
      ["Settings", "Database", "Encryption", "Encoding", "Writing", "Rights", "Migrations", "Clock", "Mail"].map(
        (name) => `✓ ${name}`,
      ),
    );
    expect(said.every((line) => line.endsWith("."))).toBe(true);
    expect([code, smtp.connections(), smtp.mails]).toEqual([0, 1, []]);
    expect(await readdir(folder)).toEqual([]);
  });

  test("names migrations that are missing, and applies none", async () => {
    expect(await wrongs()).toEqual([expect.stringContaining(`Migrations: not applied yet: ${tags}.`)]);
    expect(await client`select 1 from pg_namespace where nspname = 'keywright'`).toEqual([]);
  });

  test("names each wrong setting, and examines the database all the same", async () => {
    await keywright(["migrate"]);
    const settings = { NODE_ENV: "production", KEYWRIGHT_SECRET: password };
    const { code, said } = await keywright(["doctor"], settings);
    expect(code).toBe(1);
    expect(said.filter((line) => line.startsWith("✗ Settings: ")).map((line) => line.split(" ")[2])).toEqual(
      expect.arrayContaining(["PUBLIC_URL", "KEYWRIGHT_SECRET", "SMTP_URL"]),
    );
    expect(said).toContain("✓ Migrations: all are applied.");
  });

  test("names the right that is missing, for tables as for the schema", async () => {
    const role = `poor_${Date.now()}`;
    await client.unsafe(`create role ${role} login`);
    const url = new URL(database.url);
    url.username = role;
    const poor = { DATABASE_URL: url.href };
    expect(await wrongs(poor)).toContainEqual(
      expect.stringMatching(/^Rights: .* lacks the right CREATE on the database .*GRANT/),
    );
    await keywright(["migrate"]);
    await client.unsafe(`grant usage on schema keywright to ${role}`);
    await client.unsafe(`grant select, insert, update, delete on all tables in schema keywright to ${role}`);
    await client.unsafe(`revoke insert on keywright.outbox from ${role}`);
    expect(await wrongs(poor)).toEqual([
      expect.stringMatching(/^Rights: .* lacks the right SELECT, INSERT, UPDATE or DELETE .*GRANT/),
    ]);
    await client.unsafe(`grant insert on keywright.outbox to ${role}`);
    expect(await wrongs(poor)).toEqual([]);
    await client.unsafe(`drop owned by ${role}; drop role ${role}`);
  });

  test("D18, D19: tells a database that is read-only, or not in UTF8", async () => {
    await keywright(["migrate"]);
    const name = new URL(database.url).pathname.slice(1);
    await client.unsafe(`alter database ${name} set default_transaction_read_only = on`);
    expect(await wrongs()).toEqual([expect.stringMatching(/^Writing: .*read-only/)]);
    const latin = `${name}_latin`;
    await client.unsafe("set default_transaction_read_only = off");
    await client.unsafe(`create database ${latin} template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'`);
    const url = new URL(database.url);
    url.pathname = `/${latin}`;
    expect(await wrongs({ DATABASE_URL: url.href })).toContainEqual(expect.stringMatching(/LATIN1/));
    await client.unsafe(`drop database ${latin} with (force)`);
  });

  test("tells a clock that is an hour behind", async () => {
    await keywright(["migrate"]);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
    expect(await wrongs()).toEqual([expect.stringMatching(/^Clock: the database's is 3600 seconds behind/)]);
  });

  test("tells a mail server that refuses the password, refuses everybody, or is not there", async () => {
    await keywright(["migrate"]);
    expect(await wrongs(withMail("other"))).toEqual([
      expect.stringMatching(/^Mail: .*refuses this user or password \(EAUTH/),
    ]);
    smtp.refuse(554, 1, "CONNECT");
    expect(await wrongs(withMail())).toEqual([expect.stringMatching(/^Mail: the server at SMTP_URL /)]);
    const away = { ...withMail(), SMTP_URL: `smtp://app:${password}@127.0.0.1:1` };
    expect(await wrongs(away)).toEqual([expect.stringMatching(/^Mail: .*does not answer.*ECONNREFUSED\)\.$/)]);
  });
});

describe.each([
  ["after-restore", 2],
  ["revoke-all", 4],
])("keywright %s (K2, K3, B17)", (command, lines) => {
  const confirming = async (answer: boolean) => {
    const asked: string[] = [];
    const confirm = async (question: string) => {
      asked.push(question);
      return answer;
    };
    return { ...(await keywright([command], {}, confirm)), asked };
  };
  const versions = async () =>
    (await client`select credential_version from keywright.users`).map((row) => Number(row.credential_version));

  beforeEach(async () => {
    await keywright(["migrate"]);
    await client`insert into keywright.users (id, created_at) values (gen_random_uuid(), now()), (gen_random_uuid(), now())`;
  });

  test("changes nothing unless somebody says yes, or --yes was given", async () => {
    const refused = { code: 1, said: [], complaints: ["Nothing was changed. Say yes when asked, or add --yes."] };
    expect(await keywright([command])).toEqual(refused);
    expect(await confirming(false)).toEqual({ ...refused, asked: [expect.stringContaining("sign in again")] });
    expect(await versions()).toEqual([0, 0]);
    expect(await confirming(true)).toMatchObject({ code: 0, complaints: [] });
    expect(await versions()).toEqual([1000, 1000]);
    expect(await keywright([command, "--yes"])).toMatchObject({ code: 0, complaints: [] });
  });

  test("says how many of each it ended", async () => {
    await client`insert into keywright.outbox (id, kind, address, created_at, next_attempt_at)
      values (gen_random_uuid(), 'reset_password', 'a@b.test', now(), now())`;
    const { said } = await keywright([command, "--yes"]);
    expect(said).toHaveLength(lines);
    expect(said.slice(0, 2)).toEqual([
      "Ended 0 sessions with their refresh tokens, and 0 mailed links and codes.",
      "Dropped 1 waiting mails with a link or a code. Raised the credential version of 2 accounts.",
    ]);
  });

  test("says in a sentence why it cannot", async () => {
    await client`drop schema keywright cascade`;
    const complaints = ["Migrations are missing: run `keywright migrate` first."];
    expect(await keywright([command, "--yes"])).toEqual({ code: 1, said: [], complaints });
    const away = await keywright([command, "--yes"], { DATABASE_URL: "postgres://u@127.0.0.1:1/x" });
    expect(away).toMatchObject({ code: 1, complaints: [expect.stringMatching(/does not answer/)] });
  });
});

test("revoke-all refuses while what the leaked secret signs would still be accepted (K3)", async () => {
  await keywright(["migrate"]);
  const previous = { KEYWRIGHT_SECRET_PREVIOUS: "w7Jc0sQ2nR5tV8xZ1bD4fH6kM9pL3gYa" };
  const { code, complaints } = await keywright(["revoke-all", "--yes"], previous);
  expect([code, complaints]).toEqual([
    1,
    [expect.stringMatching(/^KEYWRIGHT_SECRET_PREVIOUS is set: .*Unset it first\.$/)],
  ]);
  expect((await keywright(["after-restore", "--yes"], previous)).code).toBe(0);
});

describe("the program", () => {
  const run = (...args: string[]) =>
    new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      execFile(process.execPath, [program, ...args], { cwd: folder, env: {} }, (error, stdout, stderr) => {
        resolve({ code: error ? error.code : 0, stdout, stderr });
      });
    });

  test("runs from an empty folder, creates nothing there, and ends", async () => {
    const { code, stdout, stderr } = await run("doctor");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("✓ Database: the embedded database does not exist yet");
    expect(await readdir(folder)).toEqual([]);
  });

  test("explains itself when asked, and when it was not understood", async () => {
    const help = await run("--help");
    expect([help.code, help.stderr]).toEqual([0, ""]);
    for (const word of ["migrate", "doctor", "after-restore", "revoke-all", "--yes", "DATABASE_URL"])
      expect(help.stdout).toContain(word);
    for (const args of [[], ["docter"], ["migrate", "now"], ["revoke-all", "now"], ["--fast"]]) {
      expect(await run(...args)).toEqual({ code: 2, stdout: "", stderr: help.stdout });
    }
  });
});
