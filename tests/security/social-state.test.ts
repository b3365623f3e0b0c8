import { openIdConnect } from "@keywright/api";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { reasonFor } from "../support/reason.js";
import { callbackOf, newVerifier, visitorOf } from "../support/social.js";

let pine: MisbehavingProvider;
let quince: MisbehavingProvider;
let app: TestApp;
beforeAll(async () => {
  [pine, quince] = [await startMisbehavingProvider(), await startMisbehavingProvider()];
  app = await createTestApp({
    providers: [
      openIdConnect({ id: "pine", name: "Pine", ...pine.options }),
      openIdConnect({ id: "quince", name: "Quince", ...quince.options }),
    ],
    social: { returnTo: ["com.example.app://auth"] },
  });
  for (const provider of [pine, quince]) provider.setClock(() => app.keywright.deps.now());
});
beforeEach(() => {
  for (const provider of [pine, quince]) provider.requests.splice(0);
});
afterAll(async () => {
  await app.close();
  await Promise.all([pine.close(), quince.close()]);
});

const ada = { sub: "ada", email: "ada@pine.test", email_verified: true };
const mallory = { sub: "mallory", email: "mallory@pine.test", email_verified: true };
type Visitor = ReturnType<typeof visitorOf>;
const begin = async (visitor: Visitor, provider = "pine") =>
  (await visitor.client.social.start.mutate({ provider })).authorizationUrl;
const signedInAs = async (visitor: Visitor) => (await visitor.client.auth.session.query())?.user.email ?? null;
const isNobody = async (visitor: Visitor) => expect(await signedInAs(visitor)).toBeNull();

function changed(url: URL, change: (parameters: URLSearchParams) => void): URL {
  const copy = new URL(url);
  change(copy.searchParams);
  return copy;
}

describe("a callback that does not belong to a round trip of this browser", () => {
  test.each<[string, (url: URL, other: URL) => URL]>([
    ["has no state", (url) => changed(url, (query) => query.delete("state"))],
    ["has an empty state", (url) => changed(url, (query) => query.set("state", ""))],
    ["has a made-up state", (url) => changed(url, (query) => query.set("state", "A".repeat(43)))],
    ["has two states", (url) => changed(url, (query) => query.append("state", "A".repeat(43)))],
    [
      "has the state in an array",
      (url) =>
        changed(url, (query) => {
          query.set("state[]", query.get("state") ?? "");
          query.delete("state");
        }),
    ],
    [
      "has the state of somebody else",
      (url, other) => changed(url, (query) => query.set("state", other.searchParams.get("state") ?? "")),
    ],
    ["has a state of 100 kB", (url) => changed(url, (query) => query.set("state", "A".repeat(100_000)))],
  ])("OAU-01: that %s signs nobody in and never reaches the provider", async (_what, forge) => {
    const [mine, theirs] = [visitorOf(app), visitorOf(app)];
    const url = pine.signIn(await begin(mine), ada);
    const other = pine.signIn(await begin(theirs), mallory);
    const place = await mine.comeBack(forge(url, other));
    expect(place.href).toBe(`${publicUrl}/?error=TOKEN_INVALID`);
    expect(pine.countOf("token")).toBe(0);
    await isNobody(mine);
    expect((await mine.comeBack(url)).href).toBe(`${publicUrl}/`);
    expect(await signedInAs(mine)).toBe(ada.email);
  });

  test("OAU-01: without the round trip's cookie signs nobody in, and neither does the cookie alone", async () => {
    const visitor = visitorOf(app);
    const url = pine.signIn(await begin(visitor), ada);
    const cookies = [...visitor.browser.jar];
    visitor.browser.jar.clear();
    expect((await visitor.comeBack(url)).href).toBe(`${publicUrl}/?error=TOKEN_INVALID`);
    for (const [name] of cookies) visitor.browser.jar.set(name, "A".repeat(43));
    expect((await visitor.comeBack(url)).href).toBe(`${publicUrl}/?error=TOKEN_INVALID`);
    for (const [name, value] of cookies) visitor.browser.jar.set(name, value);
    await visitor.comeBack(callbackOf("pine"));
    expect(pine.countOf("token")).toBe(0);
    await isNobody(visitor);
  });

  test("OAU-01: is refused the same way where the front end passes code and state on", async () => {
    const [mine, theirs] = [visitorOf(app), visitorOf(app)];
    const { searchParams } = pine.signIn(await begin(theirs), mallory);
    const [code, state] = [searchParams.get("code") ?? "", searchParams.get("state") ?? ""];
    for (const wrong of [state, "A".repeat(43)]) {
      const call = mine.client.social.login.mutate({ provider: "pine", code, state: wrong });
      expect(await reasonFor(call)).toBe("TOKEN_INVALID");
    }
    expect(pine.countOf("token")).toBe(0);
    const answer = await theirs.client.social.login.mutate({ provider: "pine", code, state });
    expect(answer.status).toBe("signed_in");
  });

  test("OAU-02: in Ada's browser is refused with all of what Mallory has begun, and connects nothing", async () => {
    const [mallorys, adas] = [visitorOf(app), visitorOf(app)];
    const first = pine.signIn(await begin(mallorys), mallory);
    expect((await adas.comeBack(first)).searchParams.get("error")).toBe("TOKEN_INVALID");
    await isNobody(adas);
    await adas.comeBack(pine.signIn(await begin(adas), ada));
    await mallorys.comeBack(first);
    const { authorizationUrl } = await mallorys.client.social.start.mutate({ provider: "quince", purpose: "connect" });
    const connecting = quince.signIn(authorizationUrl, { sub: "mallory at quince" });
    expect((await adas.comeBack(connecting)).searchParams.get("error")).toBe("TOKEN_INVALID");
    expect(await adas.client.social.accounts.query()).toMatchObject([{ provider: "pine" }]);
    expect(await signedInAs(adas)).toBe(ada.email);
  });

  test("OAU-05: is refused at another provider, with state and cookie of the first", async () => {
    const visitor = visitorOf(app);
    for (const [from, to, provider] of [
      ["pine", "quince", pine],
      ["quince", "pine", quince],
    ] as const) {
      const url = new URL(provider.signIn(await begin(visitor, from), ada).href.replace(`/${from}/`, `/${to}/`));
      expect((await visitor.comeBack(url)).searchParams.get("error")).toBe("TOKEN_INVALID");
      const [code, state] = [url.searchParams.get("code") ?? "", url.searchParams.get("state") ?? ""];
      expect(await reasonFor(visitor.client.social.login.mutate({ provider: to, code, state }))).toBe("TOKEN_INVALID");
    }
    expect(pine.countOf("token") + quince.countOf("token")).toBe(0);
  });

  test("OAU-07: is refused after eleven minutes, and I can start again", async () => {
    const visitor = visitorOf(app);
    const { authorizationUrl } = await visitor.client.social.start.mutate({ provider: "pine", returnTo: "/welcome" });
    app.travel(11 * 60_000);
    const place = await visitor.comeBack(pine.signIn(authorizationUrl, ada));
    expect(place.href).toBe(`${publicUrl}/welcome?error=TOKEN_EXPIRED`);
    expect(pine.countOf("token")).toBe(0);
    await visitor.comeBack(pine.signIn(await begin(visitor), ada));
    expect(await signedInAs(visitor)).toBe(ada.email);
  });
});

describe("what leaves for the provider", () => {
  test("OAU-04: has a challenge, a state and a nonce of its own in each of a thousand starts", async () => {
    const visitor = visitorOf(app, { transport: "bearer" });
    const { codeChallenge } = newVerifier();
    const urls: URL[] = [];
    for (let round = 0; round < 1000; round++) {
      const input = { provider: "pine", codeChallenge, returnTo: "com.example.app://auth" };
      urls.push(new URL((await visitor.client.social.start.mutate(input)).authorizationUrl));
    }
    for (const name of ["code_challenge", "state", "nonce"]) {
      const values = urls.map((url) => url.searchParams.get(name) ?? "");
      expect(new Set(values).size).toBe(1000);
      expect(values.every((value) => /^[\w-]{43}$/.test(value))).toBe(true);
    }
    expect(new Set(urls.map((url) => url.searchParams.get("code_challenge_method")))).toEqual(new Set(["S256"]));
  }, 60_000);

  test("OAU-04: is answered with a verifier that fits, and another round trip's code is of no use", async () => {
    const [mine, theirs] = [visitorOf(app), visitorOf(app)];
    const url = pine.signIn(await begin(mine), ada);
    const stolen = pine.signIn(await begin(theirs), mallory).searchParams.get("code") ?? "";
    expect((await mine.comeBack(changed(url, (query) => query.set("code", stolen)))).search).toBe(
      "?error=PROVIDER_REFUSED",
    );
    const bodies = pine.requests.filter(({ endpoint }) => endpoint === "token").map(({ body }) => body);
    expect(bodies).toHaveLength(1);
    expect(new URLSearchParams(bodies[0]).get("code_verifier")).toMatch(/^[\w-]{43,128}$/);
    await isNobody(mine);
  });

  test("OAU-37: asks for no more than who I am", async () => {
    const url = new URL(await begin(visitorOf(app)));
    expect(url.searchParams.get("scope")).toBe("openid email profile");
  });
});
