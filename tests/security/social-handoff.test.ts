import { openIdConnect } from "@keywright/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { reasonFor } from "../support/reason.js";
import { newVerifier, visitorOf } from "../support/social.js";

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
afterAll(async () => {
  await app.close();
  await pine.close();
});

const ada = { sub: "ada", email: "ada@pine.test", email_verified: true };

describe("an app on a phone", () => {
  const inApp = "com.example.app://auth";

  async function handoffOf(codeChallenge: string, visitor = visitorOf(app, { transport: "bearer" })) {
    const input = { provider: "pine", codeChallenge, returnTo: inApp };
    const { authorizationUrl } = await visitor.client.social.start.mutate(input);
    const response = await visitorOf(app).browser.fetch(pine.signIn(authorizationUrl, ada), { redirect: "manual" });
    const place = new URL(response.headers.get("location") ?? "");
    return { place, response, handoff: place.searchParams.get("handoff") ?? "" };
  }
  const redeem = (handoff: string, codeVerifier: string, provider = "pine") =>
    visitorOf(app, { transport: "bearer" }).client.social.login.mutate({ provider, handoff, codeVerifier });

  test("OAU-32: gets a code in its address and nothing else: no session, no token, no cookie", async () => {
    const { codeVerifier, codeChallenge } = newVerifier();
    const { place, response, handoff } = await handoffOf(codeChallenge);
    expect([...place.searchParams.keys()]).toEqual(["handoff"]);
    expect(handoff).toMatch(/^kwh_[\w-]{43}$/);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.status).toBe(303);
    const { tokens } = { tokens: null, ...(await redeem(handoff, codeVerifier)) };
    expect(tokens).toMatchObject({ accessToken: expect.any(String), refreshToken: expect.any(String) });
  });

  test("OAU-39: can redeem its code once, and of twenty at once one can", async () => {
    const { codeVerifier, codeChallenge } = newVerifier();
    const { handoff } = await handoffOf(codeChallenge);
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => redeem(handoff, codeVerifier)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await reasonFor(redeem(handoff, codeVerifier))).toBe("TOKEN_INVALID");
  });

  test("OAU-39: can redeem its code for sixty seconds", async () => {
    const { codeVerifier, codeChallenge } = newVerifier();
    const [early, late] = [await handoffOf(codeChallenge), await handoffOf(codeChallenge)];
    app.travel(59_000);
    expect((await redeem(early.handoff, codeVerifier)).status).toBe("signed_in");
    app.travel(2_000);
    expect(await reasonFor(redeem(late.handoff, codeVerifier))).toBe("TOKEN_EXPIRED");
  });

  test("OAU-39: cannot be robbed: without its verifier the code is of no use, and used up", async () => {
    const { codeVerifier, codeChallenge } = newVerifier();
    for (const wrong of [newVerifier().codeVerifier, codeChallenge, codeVerifier.slice(0, -1).padEnd(43, "A")]) {
      const { handoff } = await handoffOf(codeChallenge);
      if (wrong === codeVerifier) continue;
      expect(await reasonFor(redeem(handoff, wrong))).toBe("TOKEN_INVALID");
      expect(await reasonFor(redeem(handoff, codeVerifier))).toBe("TOKEN_INVALID");
    }
    for (const malformed of ["short", "A".repeat(129), `${"A".repeat(42)}!`]) {
      expect(await reasonFor(redeem("kwh_any", malformed))).toBe("VALIDATION");
    }
    const plain = await reasonFor(handoffOf("A".repeat(42)));
    expect(plain).toBe("VALIDATION");
  });

  test("OAU-32: cannot be signed in to by the front end's way, with code and state of its round trip", async () => {
    const { client } = visitorOf(app, { transport: "bearer" });
    const { codeChallenge } = newVerifier();
    const input = { provider: "pine", codeChallenge, returnTo: inApp };
    const { searchParams } = pine.signIn((await client.social.start.mutate(input)).authorizationUrl, ada);
    const [code, state] = [searchParams.get("code") ?? "", searchParams.get("state") ?? ""];
    expect(await reasonFor(client.social.login.mutate({ provider: "pine", code, state }))).toBe("TOKEN_INVALID");
  });
});
