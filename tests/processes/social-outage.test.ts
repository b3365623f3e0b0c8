import { openIdConnect } from "@keywright/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { type Endpoint, type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { type Fault, faults } from "../support/provider-faults.js";
import { reasonFor } from "../support/reason.js";
import { visitorOf } from "../support/social.js";

const endpoints = ["discovery", "keys", "token", "userinfo"] as const satisfies Endpoint[];
type Broken = (typeof endpoints)[number];
let peers: Record<Broken, MisbehavingProvider>;
let home: TestApp;
beforeAll(async () => {
  const [discovery, keys, token, userinfo] = await Promise.all([start(), start(), start(), start()]);
  peers = { discovery, keys, token, userinfo };
  home = await createTestApp();
});
afterAll(async () => {
  await home.close();
  await Promise.all(Object.values(peers).map((peer) => peer.close()));
});

const start = () => startMisbehavingProvider();
const ada = { sub: "ada", email: "ada@pine.test", email_verified: true };

/** An app that has not spoken with any of the four yet. */
async function freshApp(): Promise<TestApp> {
  const providers = endpoints.map((id) => openIdConnect({ id, name: id, ...peers[id].options }));
  return await createTestApp({ providers }, home.database);
}

/** Signs in with the provider of which one endpoint is broken; why that fails, and after how long. */
async function tryEach(app: TestApp, id: Broken) {
  const before = performance.now();
  const { client, comeBack } = visitorOf(app);
  const started = client.social.start.mutate({ provider: id });
  const reason =
    id === "discovery"
      ? await reasonFor(started)
      : (await comeBack(peers[id].signIn((await started).authorizationUrl, ada))).searchParams.get("error");
  expect(await client.auth.session.query()).toBeNull();
  return { id, reason, ms: performance.now() - before };
}

function breakAll(fault: Fault): void {
  for (const id of endpoints) breakOne(id, fault);
}

function breakOne(id: Broken, fault: Fault): void {
  const claims = id === "userinfo" ? { email: undefined } : {};
  peers[id].misbehave({ claims, faults: { [id]: fault } });
  peers[id].requests.splice(0);
}

async function expectAway(app: TestApp): Promise<void> {
  const outcomes = await Promise.all(endpoints.map((id) => tryEach(app, id)));
  expect(outcomes.map(({ id, reason }) => [id, reason])).toEqual(endpoints.map((id) => [id, "PROVIDER_UNAVAILABLE"]));
  for (const { ms } of outcomes) expect(ms).toBeLessThan(6_000);
  for (const id of endpoints) expect(peers[id].requests.filter(({ endpoint }) => endpoint === id)).toHaveLength(1);
  expect(JSON.stringify(app.logs)).not.toContain("169.254");
  await app.close();
}

describe("a provider that does not answer as it should", () => {
  test.each<[string, Fault]>([
    ["redirects with 301", faults.redirect(301)],
    ["redirects with 302", faults.redirect(302)],
    ["redirects with 303", faults.redirect(303)],
    ["redirects with 307", faults.redirect(307)],
    ["redirects with 308", faults.redirect(308)],
    ["sends ten megabytes", faults.tenMegabytes],
    ["sends ten megabytes, packed into ten kilobytes", faults.packedMegabytes],
    ["hangs up", faults.hangUp],
    ["sends half of its JSON", faults.invalidJson],
    ["sends a page", faults.wrongType],
    ["fails with 500", faults.status(500)],
    ["is busy with 503", faults.status(503)],
    ["asks us to slow down", faults.status(429)],
  ])(
    "OAU-34: that %s is away, wherever it does so, and I know within six seconds",
    async (_what, fault) => {
      const app = await freshApp();
      breakAll(fault);
      await expectAway(app);
    },
    20_000,
  );

  test("OAU-34: that never ends its answer, or begins none, is away after five seconds", async () => {
    const app = await freshApp();
    breakAll(faults.hang);
    breakOne("token", faults.drip);
    breakOne("userinfo", faults.hangMidway);
    await expectAway(app);
  }, 20_000);

  test("OAU-34: that says no to the code or to the access token has refused", async () => {
    const app = await freshApp();
    breakAll(faults.status(400));
    for (const id of ["token", "userinfo"] as const) {
      expect((await tryEach(app, id)).reason).toBe("PROVIDER_REFUSED");
    }
    await app.close();
  });

  test.each<[string, object]>([
    ["plain http elsewhere", { token_endpoint: "http://169.254.169.254/token" }],
    ["a file", { jwks_uri: "file:///etc/passwd" }],
    ["an address with a password", { token_endpoint: "https://any:any@pine.example/token" }],
    ["nothing", { jwks_uri: undefined }],
    ["no address", { authorization_endpoint: "pine" }],
  ])("OAU-34: whose discovery names %s as an endpoint is away", async (_what, discovery) => {
    const app = await freshApp();
    peers.discovery.misbehave({ discovery: { ...discovery } });
    expect((await tryEach(app, "discovery")).reason).toBe("PROVIDER_UNAVAILABLE");
    await app.close();
  });
});

describe("while a provider never answers", () => {
  test("OAU-34: passwords, other providers and the database's connections are as ever", async () => {
    const app = await freshApp();
    breakAll(faults.hang);
    peers.userinfo.misbehave();
    const bob = await app.addUser();
    const visitors = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const visitor = visitorOf(app);
        const { authorizationUrl } = await visitor.client.social.start.mutate({ provider: "token" });
        return { visitor, url: peers.token.signIn(authorizationUrl, ada) };
      }),
    );
    let ended = 0;
    const waiting = visitors.map(({ visitor, url }) => visitor.comeBack(url).finally(() => ended++));
    while (peers.token.countOf("token") < 30) await new Promise((resolve) => setTimeout(resolve, 10));
    await app.signedIn(bob);
    const other = visitorOf(app);
    const { authorizationUrl } = await other.client.social.start.mutate({ provider: "userinfo" });
    expect((await other.comeBack(peers.userinfo.signIn(authorizationUrl, ada))).href).toBe(`${publicUrl}/`);
    // Not for a moment, as everybody does, but for as long as somebody waits for the provider.
    const held = await app.sql(
      "select pid from pg_stat_activity where state like 'idle in transaction%' and datname = current_database() and now() - state_change > interval '1 second'",
    );
    expect(held).toEqual([]);
    expect(ended).toBe(0);
    const reasons = (await Promise.all(waiting)).map((place) => place.searchParams.get("error"));
    expect(new Set(reasons)).toEqual(new Set(["PROVIDER_UNAVAILABLE"]));
    await app.close();
  }, 20_000);

  test("OAU-34: a hundred wait for it, and the next one is told at once", async () => {
    const app = await freshApp();
    breakAll(faults.hang);
    const starts = Array.from({ length: 100 }, () =>
      reasonFor(visitorOf(app).client.social.start.mutate({ provider: "discovery" })),
    );
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const before = performance.now();
    expect(await reasonFor(visitorOf(app).client.social.start.mutate({ provider: "discovery" }))).toBe(
      "PROVIDER_UNAVAILABLE",
    );
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(new Set(await Promise.all(starts))).toEqual(new Set(["PROVIDER_UNAVAILABLE"]));
    peers.discovery.misbehave();
    expect((await visitorOf(app).client.social.start.mutate({ provider: "discovery" })).authorizationUrl).toMatch(
      /authorize/,
    );
    await app.close();
  }, 20_000);
});
