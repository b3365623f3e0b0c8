import { type KeywrightEvent, openIdConnect } from "@keywright/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusalIn } from "../support/answers.js";
import { createTestApp, type TestApp } from "../support/app.js";
import { type Claims, type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { faults } from "../support/provider-faults.js";
import { reasonFor } from "../support/reason.js";
import { callbackOf, visitorOf } from "../support/social.js";

let pine: MisbehavingProvider;
let app: TestApp;
const events: KeywrightEvent[] = [];
const pages = "https://app.example.com/signed-in-at-pine";
beforeAll(async () => {
  pine = await startMisbehavingProvider();
  app = await createTestApp({
    providers: [
      openIdConnect({ id: "pine", name: "Pine", ...pine.options }),
      openIdConnect({ id: "pages", name: "Pine", ...pine.options, redirectUri: pages }),
    ],
    onEvent: (event) => void events.push(event),
  });
});
afterAll(async () => {
  await app.close();
  await pine.close();
});

let people = 0;
const newPerson = (): Claims => ({ sub: `way${++people}`, email: `way${people}@pine.test`, email_verified: true });

describe("a front end that receives the provider's answer itself", () => {
  test("S2: passes code and state on, in the browser that began, once", async () => {
    const { client } = visitorOf(app);
    const { authorizationUrl } = await client.social.start.mutate({ provider: "pages" });
    expect(new URL(authorizationUrl).searchParams.get("redirect_uri")).toBe(pages);
    const { origin, pathname, searchParams } = pine.signIn(authorizationUrl, newPerson());
    expect(origin + pathname).toBe(pages);
    const input = { provider: "pages", code: searchParams.get("code") ?? "", state: searchParams.get("state") ?? "" };
    const answer = await client.social.login.mutate({ ...input, deviceName: "Ada's laptop" });
    expect(answer).toMatchObject({ status: "signed_in", created: true, session: { deviceName: "Ada's laptop" } });
    expect(await reasonFor(client.social.login.mutate(input))).toBe("TOKEN_INVALID");
  });

  test("S6: is told what became of a code that the provider does not take, and the round trip is over", async () => {
    for (const [fault, reason] of [
      [faults.status(400), "PROVIDER_REFUSED"],
      [faults.status(503), "PROVIDER_UNAVAILABLE"],
    ] as const) {
      const { client, browser } = visitorOf(app);
      const { authorizationUrl } = await client.social.start.mutate({ provider: "pages" });
      const { searchParams } = pine.signIn(authorizationUrl, newPerson());
      const input = { provider: "pages", code: searchParams.get("code") ?? "", state: searchParams.get("state") ?? "" };
      pine.misbehave({ faults: { token: fault } });
      expect(await reasonFor(client.social.login.mutate(input))).toBe(reason);
      pine.misbehave();
      expect([...browser.jar.keys()].filter((name) => name.includes("flow"))).toEqual([]);
      expect(await reasonFor(client.social.login.mutate(input))).toBe("TOKEN_INVALID");
    }
  });
});

describe("a call that is not one of the ways", () => {
  const token = "any";
  test.each<[string, object]>([
    ["gives nothing", {}],
    ["gives a code without its state", { code: token }],
    ["gives a secret without its token", { tokenSecret: token }],
    ["gives a code and a token", { code: token, state: token, accessToken: token }],
    ["gives two tokens", { accessToken: token, idToken: token, nonce: token }],
    ["gives a nonce alone", { nonce: token }],
    ["gives an empty token", { accessToken: "" }],
    ["gives a token of 20 kB", { accessToken: "x".repeat(20_000) }],
  ])("S3: that %s is told so", async (_what, input) => {
    for (const path of ["social.login", "social.connect"]) {
      const cookie = path === "social.connect" ? await signedInCookie() : "";
      const response = await app.post(
        path,
        { provider: "pine", ...input },
        { origin: "https://localhost:3000", cookie },
      );
      expect((await refusalIn(response)).data.reason).toBe("VALIDATION");
    }
  });

  test("S7: or names a provider that the app does not have is told so, whatever it gives", async () => {
    const { client } = visitorOf(app);
    for (const provider of ["nobody", "PINE", "__proto__", "constructor"]) {
      expect(await reasonFor(client.social.start.mutate({ provider }))).toBe("SOCIAL_NOT_CONFIGURED");
      const login = client.social.login.mutate({ provider, accessToken: token });
      expect(await reasonFor(login)).toBe("SOCIAL_NOT_CONFIGURED");
      const response = await app.keywright.oauthCallback(new Request(callbackOf(provider)), "127.0.0.1");
      expect([303, 404]).toContain(response.status);
    }
  });

  async function signedInCookie(): Promise<string> {
    const user = await app.addUser();
    const visitor = visitorOf(app);
    await visitor.client.auth.login.mutate({ email: user.email, password: user.password });
    return [...visitor.browser.jar].map(([name, value]) => `${name}=${value}`).join("; ");
  }
});

describe("my app's own step after a sign-in", () => {
  test("S22: is told of a new account once, with who it is, and of every sign-in", async () => {
    const ada = { ...newPerson(), given_name: "Ada" };
    events.splice(0);
    const ids = [];
    for (let round = 0; round < 2; round++) {
      const { client } = visitorOf(app);
      const nonce = `n${round}`;
      const idToken = await pine.makeIdToken({ ...ada, nonce });
      await client.social.login.mutate({ provider: "pine", idToken, nonce });
      ids.push((await client.user.me.query()).id);
    }
    const [first] = ids;
    expect(events.map(({ kind, userId }) => [kind, userId])).toEqual([
      ["user.registered", first],
      ["session.started", first],
      ["session.started", first],
    ]);
  });
});

describe("limits", () => {
  test("S15: keep an address from beginning, finishing or trying sign-ins without end", async () => {
    const strict = await createTestApp(
      {
        providers: [openIdConnect({ id: "pine", name: "Pine", ...pine.options })],
        limits: { signInsPerIpPerMinute: 5 },
      },
      app.database,
    );
    const ip = "192.0.2.7";
    const client = strict.visitor({ ip });
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () =>
        client.social.start.mutate({ provider: "pine" }).then(
          () => "begun",
          () => "limited",
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === "begun")).toHaveLength(5);
    expect(await reasonFor(client.social.start.mutate({ provider: "pine" }))).toBe("RATE_LIMITED");
    const login = client.social.login.mutate({ provider: "pine", idToken: "any", nonce: "any" });
    expect(await reasonFor(login)).toBe("RATE_LIMITED");
    const response = await strict.keywright.oauthCallback(new Request(callbackOf("pine")), ip);
    expect([response.status, Number(response.headers.get("retry-after")) > 0]).toEqual([429, true]);
    const elsewhere = await strict.keywright.oauthCallback(new Request(callbackOf("pine")), "192.0.2.8");
    expect(elsewhere.status).toBe(303);
    await strict.close();
  });
});

describe("what is over", () => {
  test("goes with the next cleaning: round trips, codes, tickets and used ID tokens", async () => {
    const count = async () => {
      const [row] = await app.sql(`select (select count(*)::int from keywright.social_flows)
        + (select count(*)::int from keywright.social_grants) as n`);
      return Number(row?.n);
    };
    const { client } = visitorOf(app);
    await client.social.start.mutate({ provider: "pine" });
    const idToken = await pine.makeIdToken({ sub: `way${++people}`, nonce: "n" });
    const answer = await client.social.login.mutate({ provider: "pine", idToken, nonce: "n" });
    expect(answer.status).toBe("registration_incomplete");
    const before = await count();
    expect(before).toBeGreaterThanOrEqual(3);
    expect((await app.keywright.cleanUp()).social).toBe(0);
    app.travel(11 * 60_000);
    const flows = (await app.keywright.cleanUp()).social;
    expect(flows).toBeGreaterThanOrEqual(1);
    app.travel(20 * 60_000);
    const tickets = (await app.keywright.cleanUp()).social;
    expect(tickets).toBeGreaterThanOrEqual(1);
    app.travel(2 * 3_600_000);
    expect((await app.keywright.cleanUp()).social).toBe(before - flows - tickets);
    expect(await count()).toBe(0);
  });
});
