import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import type { Hermes } from "../support/hermes.js";
import { movingClock, outliveAccessTokens } from "../support/moving-clock.js";
import { bundleNativeExample } from "../support/native-bundle.js";
import { type Carry, createPhone } from "../support/phone.js";
import { createServers, post, type ServerProcess } from "../support/server-process.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 240_000 });

const password = "correct horse battery";
const ada = { email: "ada@example.com", password, firstName: "Ada", cookie: "" };
const bob = { email: "bob@example.com", password, firstName: "Bob", cookie: "" };
const results = z.array(z.unknown());
const kept = z.object({ refreshToken: z.string() });
const renewed = z.object({ result: z.object({ data: z.object({ json: kept }) }) });

const servers = createServers();
let database: TestDatabase;
let server: ServerProcess;
let bundle: string;
let phone: ReturnType<typeof createPhone>;
let hermes: Hermes;

beforeAll(async () => {
  database = await createTestDatabase();
  const serving = servers.start({ DATABASE_URL: database.url ?? "", ...movingClock });
  [server, bundle] = await Promise.all([serving, bundleNativeExample()]);
  for (const person of [ada, bob]) {
    const { email, firstName } = person;
    const { headers } = await post(server.url, "registration.register", { email, password, firstName });
    person.cookie = headers.get("set-cookie")?.split(";")[0] ?? "";
  }
});
beforeEach(async () => {
  phone = createPhone(bundle, server.url);
  hermes = await phone.start();
});
afterEach(() => phone.close());
afterAll(async () => {
  await servers.close();
  await database.drop();
});

const through: Carry = (_procedures, send) => send();
const noNetwork: Carry = () => Promise.reject(new Error("There is no network."));
const procedures = () => phone.exchanges.map((exchange) => exchange.procedures);
const seen = () => hermes.call("seen");
const toBeSeen = (state: string) => vi.waitFor(async () => expect(await seen()).toBe(state), { timeout: 5_000 });

/** Calls that are made in one moment; each with its answer, or why there is none. */
async function makeAll(...calls: { path: string; input?: unknown; cookie?: string }[]) {
  return results.parse(await hermes.call("make", calls));
}

async function make(path: string, input?: unknown) {
  const [result] = await makeAll({ path, input });
  return result;
}

async function signIn({ email }: { email: string }): Promise<void> {
  expect(await make("auth.login.mutate", { email, password })).toMatchObject({ answer: { user: { email } } });
}

/** As a run before this one has left the phone. */
async function wasSignedIn({ email }: { email: string }): Promise<void> {
  const { data } = await post(server.url, "auth.login", { email, password }, { "keywright-transport": "bearer" });
  const { tokens } = z.object({ tokens: kept }).parse(data);
  phone.keychain.set("keywright", tokens.refreshToken);
}

/** From now on, requests for this procedure are answered late: when they are let go. */
function hold(procedure: string) {
  let letGo = () => {};
  let reach = () => {};
  const isLetGo = new Promise<void>((resolve) => (letGo = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  phone.device.carry = async (path, send) => {
    const answer = await send();
    if (path !== procedure) return answer;
    reach();
    await isLetGo;
    return answer;
  };
  return { reached, letGo };
}

describe("C1: on Hermes", () => {
  test("a call of Ada's that waits for a renewal is not sent as Bob, who signs in meanwhile", async () => {
    await signIn(ada);
    await outliveAccessTokens(server);
    const renewal = hold("auth.refreshToken");
    const rename = make("user.update.mutate", { firstName: "Mallory" });
    await renewal.reached;
    await signIn(bob);
    renewal.letGo();
    expect(await rename).toMatchObject({ reason: "SESSION_CHANGED" });
    expect(await make("user.me.query")).toMatchObject({ answer: { email: bob.email, firstName: "Bob" } });
    expect(await seen()).toBe(`signedIn ${bob.email}`);
  });
});

describe("C2: on Hermes", () => {
  test.each([
    ["Ada", ada],
    ["nobody", null],
  ])("a query that was pending for %s when Bob signed in is asked again, for him", async (_name, before) => {
    if (before) await signIn(before);
    const first = hold("user.me");
    await hermes.call("openQueries");
    await first.reached;
    await toBeSeen(before ? `signedIn ${before.email}` : "signedOut");
    phone.device.carry = through;
    await signIn(bob);
    await vi.waitFor(async () => expect(await hermes.call("queried")).toBe(`success ${bob.email}`), { timeout: 5_000 });
    first.letGo();
    await make("user.me.query");
    expect(await hermes.call("queried")).toBe(`success ${bob.email}`);
  });
});

describe("C3: on Hermes", () => {
  test("visitors who share a client are answered about themselves, in one moment too", async () => {
    const both = (path: string) => makeAll(...[ada, bob].map(({ cookie }) => ({ path, cookie })));
    for (const path of ["user.me.query", "auth.session.query", "session.refresh"]) {
      const [adas, bobs] = await both(path);
      expect([JSON.stringify(adas), JSON.stringify(bobs)]).toEqual([
        expect.stringContaining(ada.email),
        expect.stringContaining(bob.email),
      ]);
    }
    expect(procedures()).toEqual(["user.me", "user.me", ...Array(4).fill("auth.session")]);
  });

  test("calls of one visitor travel together", async () => {
    const { cookie } = ada;
    await makeAll({ path: "user.me.query", cookie }, { path: "auth.sessions.query", cookie });
    expect(procedures()).toEqual(["user.me,auth.sessions"]);
  });
});

describe("C4: on Hermes", () => {
  test("a question that is not answered is given up after half a minute, and asked again", async () => {
    const question = hold("auth.session");
    await hermes.call("subscribe");
    await question.reached;
    phone.passTime(29_000);
    expect(await seen()).toBe("loading");
    phone.device.carry = through;
    phone.passTime(1_000);
    await toBeSeen("loading: No answer within 30 seconds.");
    phone.passTime(10_000);
    await toBeSeen("signedOut");
    question.letGo();
  });

  test("a question that is not answered holds up neither a later one nor a sign-in and a sign-out", async () => {
    const question = hold("auth.session");
    await hermes.call("subscribe");
    await question.reached;
    await signIn(ada);
    expect(await seen()).toBe(`signedIn ${ada.email}`);
    expect(await make("auth.logout.mutate")).toHaveProperty("answer");
    expect(await seen()).toBe("signedOut");
    phone.device.carry = through;
    expect(await make("session.refresh")).toMatchObject({ answer: { status: "signedOut" } });
    question.letGo();
  });

  test("a renewal that is not answered is given up after half a minute, and no later call waits for it", async () => {
    await signIn(ada);
    await outliveAccessTokens(server);
    const renewal = hold("auth.refreshToken");
    const first = make("user.me.query");
    await renewal.reached;
    phone.passTime(30_000);
    expect(await first).toMatchObject({
      reason: null,
      message: expect.stringContaining("No answer within 30 seconds"),
    });
    phone.device.carry = through;
    expect(await make("user.me.query")).toMatchObject({ answer: { email: ada.email } });
    renewal.letGo();
    expect(await seen()).toBe(`signedIn ${ada.email}`);
  });

  test("a keychain that does not answer is told after a while, and public calls are answered all the same", async () => {
    await wasSignedIn(ada);
    const { readKeychain } = phone.device;
    const reached = new Promise<void>((resolve) => {
      phone.device.readKeychain = () => new Promise(() => resolve());
    });
    await hermes.call("subscribe");
    await reached;
    const providers = make("social.providers.query");
    phone.passTime(25_000);
    await toBeSeen("signedOut: The session could not be read on this device: No answer within 25 seconds.");
    phone.device.readKeychain = readKeychain;
    expect(await providers).toHaveProperty("answer");
    expect(await make("session.refresh")).toMatchObject({ answer: { status: "signedIn" } });
  });
});

describe("C5: on Hermes", () => {
  test("a phone whose renewal was never answered gets the same successor minutes later", async () => {
    await signIn(ada);
    await outliveAccessTokens(server);
    const lost: string[] = [];
    phone.device.carry = async (path, send) => {
      const answer = await send();
      if (path !== "auth.refreshToken") return answer;
      lost.push(renewed.parse(JSON.parse(answer.body)).result.data.json.refreshToken);
      return await noNetwork(path, send);
    };
    expect(await make("user.me.query")).toMatchObject({ reason: null });
    expect(new Set(lost).size).toBe(1);
    expect([...phone.keychain.values()]).not.toContain(lost[0]);
    phone.device.carry = through;
    await outliveAccessTokens(server);
    expect(await make("user.me.query")).toMatchObject({ answer: { email: ada.email } });
    expect([...phone.keychain.values()]).toContain(lost[0]);
    expect(await seen()).toBe(`signedIn ${ada.email}`);
  });
});

describe("C6: on Hermes", () => {
  beforeEach(() => wasSignedIn(ada));

  test("somebody who begins to look after a question has failed has it asked at once", async () => {
    phone.device.carry = noNetwork;
    expect(await make("session.refresh")).toMatchObject({ reason: null });
    expect(await seen()).toMatch(/^loading: /);
    phone.device.carry = through;
    await hermes.call("subscribe");
    await toBeSeen(`signedIn ${ada.email}`);
    expect(procedures()).toEqual(["auth.refreshToken", "auth.session"]);
  });

  test("somebody who looks while there is no network has it asked again until there is", async () => {
    let attempts = 0;
    phone.device.carry = (path, send) => {
      attempts++;
      return noNetwork(path, send);
    };
    await make("session.refresh");
    await hermes.call("subscribe");
    for (const _pause of ["5 s", "10 s", "20 s"]) {
      const before = attempts;
      await vi.waitFor(() => {
        phone.passTime(5_000);
        expect(attempts).toBeGreaterThan(before);
      });
    }
    expect(await seen()).toMatch(/^loading: /);
    phone.device.carry = through;
    await vi.waitFor(async () => {
      phone.passTime(60_000);
      expect(await seen()).toBe(`signedIn ${ada.email}`);
    });
  });
});
