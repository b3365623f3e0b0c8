import { openIdConnect } from "@keywright/api";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { callbackOf, newVerifier, visitorOf } from "../support/social.js";

let pine: MisbehavingProvider;
let app: TestApp;
beforeAll(async () => {
  pine = await startMisbehavingProvider();
  app = await createTestApp({
    providers: [openIdConnect({ id: "pine", name: "Pine", ...pine.options })],
    social: { returnTo: ["com.example.app://auth"] },
  });
  pine.setClock(() => app.keywright.deps.now());
});
beforeEach(() => {
  pine.requests.splice(0);
  pine.misbehave();
});
afterAll(async () => {
  await app.close();
  await pine.close();
});

const ada = { sub: "ada", email: "ada@pine.test", email_verified: true };
type Visitor = ReturnType<typeof visitorOf>;
const start = (input: object = {}) => ({ provider: "pine", ...input });
const begin = async (visitor: Visitor, input: object = {}) =>
  (await visitor.client.social.start.mutate(start(input))).authorizationUrl;
const isSignedIn = async (visitor: Visitor) => (await visitor.client.auth.session.query()) !== null;
const open = (visitor: Visitor, url: URL | string, init: RequestInit = {}) =>
  visitor.browser.fetch(url, { redirect: "manual", ...init });
const flowCookiesIn = (response: Response) =>
  response.headers.getSetCookie().filter((cookie) => cookie.startsWith("__Host-keywright-flow-"));

describe("the answer to a callback", () => {
  test("OAU-39: is a 303 to a clean address, which nothing stores and no other site hears of", async () => {
    const visitor = visitorOf(app);
    const response = await open(visitor, pine.signIn(await begin(visitor), ada));
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe(`${publicUrl}/`);
    expect(response.headers.get("referrer-policy")).toBe("no-referrer");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.text()).toBe("");
  });

  test("OAU-06: is all that comes of a GET; nothing else here begins, signs in or connects by one", async () => {
    const visitor = visitorOf(app);
    await visitor.comeBack(pine.signIn(await begin(visitor), ada));
    const [{ id = "" } = {}] = await visitor.client.social.accounts.query();
    for (const [path, input] of Object.entries({
      "social.start": { provider: "pine", purpose: "connect" },
      "social.login": { provider: "pine", accessToken: "any" },
      "social.complete": { ticket: "any" },
      "social.connect": { provider: "pine", accessToken: "any" },
      "social.disconnect": { id },
    })) {
      const query = new URLSearchParams({ input: JSON.stringify({ json: input }) });
      expect((await open(visitor, `${publicUrl}/trpc/${path}?${query}`)).status).toBe(405);
    }
    expect(await visitor.client.social.accounts.query()).toMatchObject([{ provider: "pine" }]);
  });

  test.each(["HEAD", "POST", "PUT", "DELETE", "OPTIONS"])(
    "OAU-06: is 405 to a %s, which leaves the code for the right one",
    async (method) => {
      const visitor = visitorOf(app);
      const url = pine.signIn(await begin(visitor), ada);
      expect((await open(visitor, url, { method })).status).toBe(405);
      expect(pine.countOf("token")).toBe(0);
      await visitor.comeBack(url);
      expect(await isSignedIn(visitor)).toBe(true);
    },
  );

  test.each([
    ["OAU-28", { error: "access_denied", error_description: "<script>alert(1)</script>" }],
    ["OAU-28", { error: "<b>\r\nset-cookie: x=1</b>", error_description: "Zugriff verweigert – nein 🙈" }],
    ["OAU-28", { error: "x".repeat(10_000), error_description: "y".repeat(10_000) }],
  ])("%s: says only that the provider refused, whatever the provider says (%#)", async (_id, said) => {
    const visitor = visitorOf(app);
    const before = app.logs.length;
    const state = new URL(await begin(visitor)).searchParams.get("state") ?? "";
    const response = await open(visitor, `${callbackOf("pine")}?${new URLSearchParams({ state, ...said })}`);
    expect(response.headers.get("location")).toBe(`${publicUrl}/?error=PROVIDER_REFUSED`);
    expect(await response.text()).toBe("");
    const logged = JSON.stringify(app.logs.slice(before));
    expect(logged).toContain(said.error === "access_denied" ? "refused: access_denied" : "refused: no code");
    for (const text of [said.error_description, state, "set-cookie"]) expect(logged).not.toContain(text);
    expect(pine.countOf("token")).toBe(0);
  });

  test("OAU-29: refuses a response that names another issuer, or none where the provider always does", async () => {
    for (const issuer of ["https://quince.example", `${pine.issuer}/`, ""]) {
      const visitor = visitorOf(app);
      const place = await visitor.comeBack(pine.signIn(await begin(visitor), ada, { iss: issuer }));
      expect(place.search).toBe("?error=PROVIDER_REFUSED");
    }
    const visitor = visitorOf(app);
    const url = pine.signIn(await begin(visitor), ada);
    url.searchParams.delete("iss");
    expect((await visitor.comeBack(url)).search).toBe("?error=PROVIDER_REFUSED");
    expect(pine.countOf("token")).toBe(0);
  });

  test("OAU-38: ignores tokens in the address", async () => {
    const stolen = { access_token: pine.issueAccessToken(ada), id_token: await pine.makeIdToken(ada) };
    const visitor = visitorOf(app);
    const url = pine.signIn(await begin(visitor), ada, stolen);
    url.searchParams.delete("code");
    url.hash = new URLSearchParams(stolen).toString();
    expect((await visitor.comeBack(url)).search).toBe("?error=PROVIDER_REFUSED");
    expect(await isSignedIn(visitor)).toBe(false);
    expect(pine.countOf("userinfo") + pine.countOf("token")).toBe(0);
  });

  test("of 20 at once signs one in and asks the provider once; the others are sent where I wanted to go", async () => {
    for (const returnTo of ["/inbox", undefined]) {
      pine.requests.splice(0);
      const visitor = visitorOf(app);
      const url = pine.signIn(await begin(visitor, { returnTo }), ada);
      const responses = await Promise.all(Array.from({ length: 20 }, () => open(visitor, url)));
      expect(pine.countOf("token")).toBe(1);
      const places = new Set(responses.map((response) => response.headers.get("location")));
      expect(places).toEqual(new Set([`${publicUrl}${returnTo ?? "/"}`]));
      const sessions = responses.filter((response) =>
        response.headers.get("set-cookie")?.includes("keywright-session"),
      );
      expect(sessions).toHaveLength(1);
      expect(await isSignedIn(visitor)).toBe(true);
      expect((await visitorOf(app).comeBack(url)).href).toBe(`${publicUrl}/?error=TOKEN_INVALID`);
    }
  });
});

describe("the cookie of a round trip", () => {
  test("COOK-10: is for this host only, out of reach of scripts, and lasts ten minutes", async () => {
    const response = await app.post("social.start", { provider: "pine" }, { origin: publicUrl });
    const [cookie = "", ...others] = flowCookiesIn(response);
    expect(others).toEqual([]);
    const [, ...attributes] = cookie.split("; ");
    expect(attributes.toSorted()).toEqual(["HttpOnly", "Max-Age=600", "Path=/", "SameSite=Lax", "Secure"]);
    expect(cookie).toMatch(/^__Host-keywright-flow-[\w-]{12}=[\w-]{43};/);
  });

  test("COOK-10: is not set for an app, whose code is bound to its verifier", async () => {
    const { codeChallenge } = newVerifier();
    const input = { provider: "pine", codeChallenge, returnTo: "com.example.app://auth" };
    expect((await app.post("social.start", input, { origin: publicUrl })).headers.getSetCookie()).toEqual([]);
  });

  test("COOK-10: goes with its round trip, well or badly ended", async () => {
    for (const ending of ["well", "refused", "unavailable", "late"]) {
      const visitor = visitorOf(app);
      const url = pine.signIn(await begin(visitor), ada, { iss: ending === "refused" ? "x" : pine.issuer });
      if (ending === "unavailable") pine.misbehave({ faults: { token: (response) => void response.destroy() } });
      if (ending === "late") app.travel(11 * 60_000);
      const [cookie = "", ...others] = flowCookiesIn(await open(visitor, url));
      expect(others).toEqual([]);
      expect(cookie, ending).toMatch(/^__Host-keywright-flow-[\w-]{12}=; .*Max-Age=0/);
      pine.misbehave();
    }
  });

  test("COOK-10: is one of five at most, and the one that I began first makes room", async () => {
    const visitor = visitorOf(app);
    const urls: URL[] = [];
    for (let round = 0; round < 8; round++) {
      urls.push(pine.signIn(await begin(visitor), ada));
      expect([...visitor.browser.jar.keys()].length).toBeLessThanOrEqual(5);
    }
    for (const url of urls.slice(0, 3)) expect((await visitor.comeBack(url)).search).toBe("?error=TOKEN_INVALID");
    for (const url of urls.slice(3)) expect((await visitor.comeBack(url)).search).toBe("");
  });
});

describe("a callback while the database fails", () => {
  test("goes back to the front end with a reason, and is logged", async () => {
    const visitor = visitorOf(app);
    const url = pine.signIn(await begin(visitor), ada);
    await app.sql("alter table keywright.social_flows rename to social_flows_away");
    try {
      expect((await visitor.comeBack(url)).href).toBe(`${publicUrl}/?error=INTERNAL`);
    } finally {
      await app.sql("alter table keywright.social_flows_away rename to social_flows");
    }
    expect(app.logs.at(-1)).toMatchObject({ level: "error", message: "A callback of a provider failed." });
    expect((await visitor.comeBack(url)).href).toBe(`${publicUrl}/`);
  });
});
