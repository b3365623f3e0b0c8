import { authRouters } from "@keywright/api";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { runCommand } from "../../apps/cli/src/command.js";
import { callerOf, createWitness, type Headings } from "../support/canary/caller.js";
import { canaryCalls } from "../support/canary/calls.js";
import {
  allowWrites,
  applicationName,
  hideColumns,
  operatorOf,
  parrots,
  refuseWrites,
  showColumns,
} from "../support/canary/conditions.js";
import { findIn, keptMark, newName, newSecret, secretMark } from "../support/canary/marks.js";
import { fail, writeSettings } from "../support/canary/settings.js";
import {
  liveByPassword,
  liveByProvider,
  newPerson,
  type Person,
  roundTrip,
  type World,
} from "../support/canary/story.js";
import { type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { type Cluster, startCluster } from "../support/postgres-cluster.js";
import { createServers, type ServerProcess } from "../support/server-process.js";
import { type SmtpSink, startSmtpServer } from "../support/smtp.js";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });
const servers = createServers();
const databaseLog: string[] = [];
const witness = createWitness();
const mailLogin = { user: "keywright", password: newSecret() };
let cluster: Cluster;
let provider: MisbehavingProvider;
let smtp: SmtpSink;
let operator: Awaited<ReturnType<typeof operatorOf>>;
let folder: string;
let env: Record<string, string>;
let server: ServerProcess;
let world: World;

beforeAll(async () => {
  // A database that writes down all that it is told, values included.
  const settings = ["log_statement=all", "log_parameter_max_length_on_error=-1"];
  cluster = await startCluster({ settings, onLog: (text) => databaseLog.push(text) });
  [provider, smtp, folder] = await Promise.all([
    startMisbehavingProvider(),
    startSmtpServer({ login: mailLogin }),
    servers.makeFolder(),
  ]);
  await writeSettings(folder, provider.options);
  const database = new URL(cluster.url);
  database.password = newSecret();
  database.searchParams.set("application_name", applicationName);
  env = {
    DATABASE_URL: database.href,
    SMTP_URL: `smtp://${mailLogin.user}:${mailLogin.password}@127.0.0.1:${smtp.port}`,
    KEYWRIGHT_SECRET: `${newSecret()} 8f3c1d9a2b7e4c6f0a5dK9mQ2xZ7`,
    KEYWRIGHT_PEPPER: `${newSecret()} 4b7e2c6f1a9d8f3c5d0aP3rT8vY1`,
    CLIENT_ADDRESS_HEADER: "X-Real-IP",
    LOG_LEVEL: "debug",
    LOG_REQUESTS: "true",
  };
  witness.secrets.add(provider.clientSecret);
  server = await servers.start(env, folder);
  operator = await operatorOf(cluster);
  world = { caller: callerOf(server.url, witness), witness, smtp, provider };
});
afterAll(async () => {
  await servers.close();
  await Promise.all([provider.close(), smtp.stop(), cluster.stop()]);
});

/** Calls every procedure in each of its ways, as somebody. */
async function walk(headers: Headings, given: Record<string, string> = {}, group = ""): Promise<void> {
  const calls = await canaryCalls(authRouters, { provider: "pine", ...given });
  const { caller } = world;
  const chosen = calls.filter(({ path }) => path.startsWith(group));
  for (let at = 0; at < chosen.length; at += 6) {
    const some = chosen.slice(at, at + 6).map(({ path, type, input }) => {
      const all = { "keywright-proof": newSecret(), referer: `https://app.example/${newSecret()}`, ...headers };
      return type === "query" ? caller.query(path, input, all) : caller.call(path, input, all);
    });
    await Promise.all(some);
  }
}

/** As a stranger, and as somebody signed in by a cookie and by a token, who knows the right password. */
async function walkAs([ada, bob]: readonly [Person, Person]): Promise<void> {
  const right = ({ password, refreshToken }: Person) => ({ password, currentPassword: password, refreshToken });
  await walk({ origin: server.url });
  await walk(ada.browser, right(ada));
  await walk(bob.phone, right(bob));
}

const twoPeople = async () => [await newPerson(world), await newPerson(world)] as const;
const written = () => server.stdout() + server.stderr();

/** What was written down since the last time: neither a secret, nor in the log a name or an address. */
const read = { written: 0, database: 0, answers: 0 };
function expectNoSecret(): void {
  for (const { text } of smtp.mails) witness.learn(text);
  const [log, database, answers] = [written(), databaseLog.join(""), witness.answers.join("\n")];
  const found = {
    log: findIn(log.slice(read.written), [secretMark, keptMark, ...witness.secrets]),
    database: findIn(database.slice(read.database), [secretMark, ...witness.secrets]),
    answers: findIn(answers.slice(read.answers), [secretMark]),
  };
  Object.assign(read, { written: log.length, database: database.length, answers: answers.length });
  expect(found).toEqual({ log: [], database: [], answers: [] });
  expect(/[?&]token=[\w%.-]*/.exec(log + database)?.[0]).toBeUndefined();
}

/** Waits until each of these has been written down. */
async function logged(...sentences: string[]): Promise<void> {
  const missing = () => sentences.filter((sentence) => !written().includes(sentence));
  await expect.poll(missing, { timeout: 10_000 }).toEqual([]);
}

const logLine = z.looseObject({ message: z.string(), path: z.string().optional() });

describe("O13: no secret is written down anywhere, and neither name nor address in the log", () => {
  test("while all is well", async () => {
    await liveByPassword(world);
    await liveByProvider(world);
    await walkAs(await twoPeople());
    await walk({ authorization: `Bearer ${newSecret()}` });
    await walk({ cookie: `keywright-session=kws_${newSecret()}; keywright-device=${newSecret()}`, origin: server.url });
    const { caller } = world;
    await caller.open(`/${newSecret()}?token=${newSecret()}`);
    await caller.open(`/trpc/${newName()}?input=${newSecret()}`);
    const body = `{"json":{"password":"${newSecret()}"`;
    await caller.open("/trpc/auth.login", { method: "POST", headers: { "content-type": "application/json" }, body });
    expectNoSecret();
    expect(databaseLog.join("")).toMatch(/parameters: .*tweety_k_/i);
  });

  test("when code of the app's own fails with it", async () => {
    const [first, second, { email }] = [await twoPeople(), await twoPeople(), await newPerson(world)];
    await fail(folder, "gate");
    await walk({ origin: server.url });
    await fail(folder, "authenticate", "passwordRule", "identifyByIdToken", "createAuthorizationUrl");
    await walkAs(first);
    await fail(folder, "onEvent", "renderMail", "identifyByAccessToken");
    await walkAs(second);
    await logged("The listener failed", "renderer threw");
    await fail(folder, "buildLink");
    await world.caller.call("password.requestReset", { email });
    await logged("link builder threw");
    await fail(folder, "identifyByCode");
    await roundTrip(world, { sub: newName() });
    await fail(folder);
    for (const name of ["gate", "authenticate", "passwordRule"]) await logged(`The app's \`${name}\` failed`);
    await logged("with the provider pine failed");
    expectNoSecret();
  });

  test("when a provider, or who says to come from there, answers with it", async () => {
    for (const faults of parrots(provider)) {
      provider.misbehave({ faults });
      await roundTrip(world, { sub: newName(), email: `${newName()}@pine.test` });
      const nonce = newSecret();
      const idToken = await provider.makeIdToken({ sub: newName(), email: newName(), nonce });
      await world.caller.call("social.login", { provider: "pine", idToken, nonce });
    }
    provider.misbehave();
    await walk({ origin: server.url }, {}, "social.");
    await roundTrip(world, { sub: newName() }, { extra: { error: newSecret(), error_description: newSecret() } });
    await logged("The provider pine refused", "pine failed: it answered with 400", "its answer is not JSON");
    expectNoSecret();
  });

  test("when the mail server refuses with it, locks us out or is away", async () => {
    const ada = await newPerson(world);
    const ask = () => world.caller.call("password.requestReset", { email: ada.email });
    smtp.refuse("554 5.7.1", 1, "DATA");
    await ask();
    await logged("was not delivered");
    smtp.refuse("550 5.1.1", 1, "RCPT TO");
    await ask();
    await logged("was given up");
    const { port } = smtp;
    await smtp.stop();
    smtp = await startSmtpServer({ login: { ...mailLogin, password: newSecret() }, port });
    await ask();
    await logged("EAUTH 535");
    await smtp.stop();
    await ask();
    expectNoSecret();
  });

  test("by the operator's commands", async () => {
    const said: string[] = [];
    const say = (line: string) => void said.push(line);
    const states = ["dead", "pending", "sent"].map((state) => ["mail", "list", "--json", "--state", state]);
    for (const args of [...states, ["doctor"]]) {
      await runCommand(args, { environment: env, folder, say, complain: say });
    }
    expect(said.length).toBeGreaterThan(5);
    expect(findIn(said.join("\n"), [secretMark, ...witness.secrets])).toEqual([]);
  });

  test("when statements fail, connections are cut, and the database is away", async () => {
    const [first, second, third, last] = [await twoPeople(), await twoPeople(), await twoPeople(), await twoPeople()];
    await operator.run(...hideColumns);
    await walkAs(first);
    await operator.run(...showColumns, ...refuseWrites);
    await walkAs(second);
    await operator.run(...allowWrites);
    await operator.cutWhile(walkAs(third));
    const activity = await operator.stop();
    await cluster.shutDown();
    await walkAs(last);
    await logged('"code":"42703"', '"code":"P0001"', '"code":"ECONNREFUSED"');
    expectNoSecret();
    expect(findIn(activity, [secretMark, keptMark, ...witness.secrets])).toEqual([]);
    expect(activity).toMatch(/"keywright"."users"/);
  });

  test("B10: and none of all those connections asks about the database's types", () => {
    const asked = databaseLog.join("").split("\n");
    expect(asked.some((line) => line.includes('"keywright"."users"'))).toBe(true);
    expect(asked.filter((line) => line.includes("pg_type"))).toEqual([]);
  });

  test("and every procedure was called", async () => {
    const lines = server
      .stderr()
      .trim()
      .split("\n")
      .map((line) => logLine.parse(JSON.parse(line)));
    const requests = lines.filter(({ message }) => message === "A request.");
    const called = new Set(requests.flatMap(({ path = "" }) => path.split(",")));
    const all = (await canaryCalls(authRouters)).map(({ path }) => path);
    expect(all.filter((path) => !called.has(path))).toEqual([]);
    expect(called).toContain("(unknown)");
    expect(called).toContain("/reset-password");
  });
});
