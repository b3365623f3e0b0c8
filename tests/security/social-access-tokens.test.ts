import { github, google, openIdConnect } from "@keywright/api";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { valuesIn } from "../support/dump.js";
import { type FakeGitHub, startFakeGitHub } from "../support/fake-github.js";
import { type Claims, type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { faults } from "../support/provider-faults.js";
import { reasonFor } from "../support/reason.js";
import { newVerifier, visitorOf } from "../support/social.js";

let pine: MisbehavingProvider;
let hub: FakeGitHub;
let app: TestApp;
beforeAll(async () => {
  [pine, hub] = [await startMisbehavingProvider(), await startFakeGitHub()];
  app = await createTestApp({
    providers: [
      google({ ...pine.options, clientIds: ["keywright-ios"], tokenInfoUrl: `${pine.issuer}/tokeninfo` }),
      github(hub.options),
      openIdConnect({ id: "pine", name: "Pine", ...pine.options }),
    ],
    social: { returnTo: ["com.example.app://auth"] },
  });
});
beforeEach(() => {
  pine.misbehave();
  pine.requests.splice(0);
  hub.requests.splice(0);
  hub.faults.clear();
});
afterAll(async () => {
  await app.close();
  await Promise.all([pine.close(), hub.close()]);
});

let people = 0;
const newPerson = (): Claims => ({ sub: `p${++people}`, email: `p${people}@pine.test`, email_verified: "true" });
const newHacker = () => {
  const id = ++people;
  const emails = [
    { email: `old${id}@hub.test`, primary: false, verified: true },
    { email: `h${id}@hub.test`, primary: true, verified: true },
  ];
  return { id, login: `hacker${id}`, name: "Grace Hopper", emails };
};
const login = (provider: string, accessToken: string) =>
  visitorOf(app).client.social.login.mutate({ provider, accessToken });

describe("an access token", () => {
  test("OAU-10: lets me in where the provider says that it is ours, whichever of our clients got it", async () => {
    for (const client of ["keywright", "keywright-ios"]) {
      const answer = await login("google", pine.issueAccessToken(newPerson(), client));
      expect(answer).toMatchObject({ status: "signed_in", created: true, user: { emailVerified: true } });
    }
    const grace = newHacker();
    const answer = await login("github", hub.issueAccessToken(grace));
    expect(answer).toMatchObject({ user: { email: `h${grace.id}@hub.test`, firstName: "Grace", lastName: "Hopper" } });
  });

  test("OAU-10: that Ada gave to another app is refused before anything is asked about her", async () => {
    const ada = newPerson();
    for (const token of [
      pine.issueAccessToken(ada, "other"),
      pine.issueAccessToken({ ...ada, email: "x@y.test" }, ""),
    ]) {
      expect(await reasonFor(login("google", token))).toBe("PROVIDER_TOKEN_INVALID");
    }
    expect(pine.countOf("userinfo")).toBe(0);
    const grace = newHacker();
    expect(await reasonFor(login("github", hub.issueAccessToken(grace, "Iv1.other")))).toBe("PROVIDER_TOKEN_INVALID");
    expect(hub.requests).toEqual([`POST /applications/Iv1.keywright/token`]);
  });

  test.each([
    ["is authorized to another client", { azp: "other" }],
    ["has a list of clients", { aud: ["keywright"] }],
    ["has no client", { aud: undefined }],
    ["has no subject", { sub: undefined }],
  ])("OAU-10: whose description %s is refused", async (_what, claims) => {
    const token = pine.issueAccessToken(newPerson());
    const description = JSON.stringify({ ...newPerson(), aud: "keywright", azp: "keywright", ...claims });
    pine.misbehave({ faults: { tokeninfo: (response) => void response.writeHead(200).end(description) } });
    expect(await reasonFor(login("google", token))).toBe("PROVIDER_TOKEN_INVALID");
  });

  test("OAU-10: is taken by no provider that cannot say whom it was issued to, and none is offered there", async () => {
    const token = pine.issueAccessToken(newPerson());
    expect(await reasonFor(login("pine", token))).toBe("SOCIAL_NOT_CONFIGURED");
    const oauth1 = { accessToken: token, tokenSecret: "any" };
    for (const provider of ["pine", "google", "github"]) {
      const call = visitorOf(app).client.social.login.mutate({ provider, ...oauth1 });
      expect(await reasonFor(call)).toBe("SOCIAL_NOT_CONFIGURED");
    }
    expect(pine.requests).toEqual([]);
    const offered = await visitorOf(app).client.social.providers.query();
    expect(offered.map(({ id, accepts }) => [id, accepts.includes("accessToken")])).toEqual([
      ["google", true],
      ["github", true],
      ["pine", false],
    ]);
  });

  test("OAU-10: that is made up is refused, and one that the provider cannot check now is not", async () => {
    for (const provider of ["google", "github"]) {
      expect(await reasonFor(login(provider, "made up"))).toBe("PROVIDER_TOKEN_INVALID");
    }
    pine.misbehave({ faults: { tokeninfo: faults.status(503) } });
    expect(await reasonFor(login("google", pine.issueAccessToken(newPerson())))).toBe("PROVIDER_UNAVAILABLE");
    expect(pine.requests.map(({ headers }) => headers.authorization ?? null)).toEqual([null, null]);
    hub.faults.set("/applications/Iv1.keywright/token", faults.status(500));
    expect(await reasonFor(login("github", hub.issueAccessToken(newHacker())))).toBe("PROVIDER_UNAVAILABLE");
  });
});

describe("a sign-in at GitHub", () => {
  const signIn = async (person: ReturnType<typeof newHacker>, extra: Record<string, string> = {}) => {
    const { client, comeBack } = visitorOf(app);
    const { authorizationUrl } = await client.social.start.mutate({ provider: "github" });
    const place = await comeBack(hub.signIn(authorizationUrl, person, extra));
    return { place, user: (await client.auth.session.query())?.user ?? null };
  };

  test("OAU-29: works whether or not GitHub names itself as it has begun to, and not if it names somebody else", async () => {
    const { baseUrl } = hub.options;
    for (const extra of [{}, { iss: `${baseUrl}/login/oauth` }, { iss: baseUrl }]) {
      expect((await signIn(newHacker(), extra)).place.href).toBe(`${publicUrl}/`);
    }
    for (const iss of ["https://quince.example/login/oauth", "https://github.com.evil.test", "nothing"]) {
      expect((await signIn(newHacker(), { iss })).place.search).toBe("?error=PROVIDER_REFUSED");
    }
  });

  test("S14: brings the primary address, verified or not, and none where I do not show it", async () => {
    const shy = newHacker();
    const [old, primary] = shy.emails;
    if (!old || !primary) throw new Error("A hacker has two addresses.");
    expect((await signIn({ ...shy, emails: [old, { ...primary, verified: false }] })).user).toMatchObject({
      email: primary.email,
      emailVerified: false,
    });
    expect((await signIn({ ...newHacker(), emails: [] })).place.searchParams.get("missing")).toBe("email");
    hub.faults.set("/user/emails", faults.status(404));
    expect((await signIn(newHacker())).place.searchParams.get("missing")).toBe("email");
  });

  test("OAU-34: does not go on without my address only because GitHub could not look it up", async () => {
    for (const fault of [faults.status(502), faults.hangUp, faults.invalidJson]) {
      hub.faults.set("/user/emails", fault);
      const { place, user } = await signIn(newHacker());
      expect([place.search, user]).toEqual(["?error=PROVIDER_UNAVAILABLE", null]);
    }
  });
});

describe("what a provider gives us", () => {
  test("OAU-35: is in no answer, no address, no log and no table, and neither is what a round trip must keep secret", async () => {
    const answers: string[] = [];
    const secrets: string[] = [];
    const note = (url: URL | string) => {
      const { searchParams } = new URL(url);
      secrets.push(...["state", "nonce", "code"].flatMap((name) => searchParams.get(name) ?? []));
    };
    for (const begin of [{}, { codeChallenge: newVerifier().codeChallenge, returnTo: "com.example.app://auth" }]) {
      const visitor = visitorOf(app);
      const { authorizationUrl } = await visitor.client.social.start.mutate({ provider: "pine", ...begin });
      note(authorizationUrl);
      secrets.push(...visitor.browser.jar.values());
      const callback = pine.signIn(authorizationUrl, { ...newPerson(), email_verified: true });
      note(callback);
      const response = await visitor.browser.fetch(callback, { redirect: "manual" });
      const place = new URL(response.headers.get("location") ?? "");
      secrets.push(...(place.searchParams.get("handoff") ?? "").split(" ").filter(Boolean));
      answers.push(place.href.replace(/handoff=.*/, ""), JSON.stringify([...response.headers]), await response.text());
    }
    secrets.push(...pine.requests.flatMap(({ body }) => new URLSearchParams(body).get("code_verifier") ?? []));
    const given = pine.tokensGiven();
    expect(given).toHaveLength(6);
    expect(secrets.length).toBeGreaterThanOrEqual(10);
    const kept = [...(await valuesIn(app)), JSON.stringify(app.logs)];
    for (const token of given) expect(answers.filter((text) => text.includes(token))).toEqual([]);
    for (const secret of [...given, ...secrets]) expect(kept.filter((text) => text.includes(secret))).toEqual([]);
  });
});
