import { openIdConnect } from "@keywright/api";
import { generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { type Claims, type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { type Fault, faults } from "../support/provider-faults.js";
import { reasonFor } from "../support/reason.js";
import { visitorOf } from "../support/social.js";

let pine: MisbehavingProvider;
let home: TestApp;
beforeAll(async () => {
  pine = await startMisbehavingProvider();
  home = await createTestApp();
});
beforeEach(() => {
  pine.misbehave();
  pine.requests.splice(0);
});
afterAll(async () => {
  await home.close();
  await pine.close();
});

const ada = { sub: "ada", email: "ada@pine.test", email_verified: true };
const freshApp = () =>
  createTestApp({ providers: [openIdConnect({ id: "pine", name: "Pine", ...pine.options })] }, home.database);

describe("a provider that has answered before", () => {
  test.each<[string, Fault]>([
    ["never answers", faults.hang],
    ["fails", faults.status(500)],
  ])(
    "OAU-34: is still of use when its discovery %s a day later, and is asked again only after a while",
    async (_what, fault) => {
      const app = await freshApp();
      pine.setClock(() => app.keywright.deps.now());
      const signIn = async () => {
        const { client, comeBack } = visitorOf(app);
        const { authorizationUrl } = await client.social.start.mutate({ provider: "pine" });
        return (await comeBack(pine.signIn(authorizationUrl, ada))).search;
      };
      await signIn();
      pine.requests.splice(0);
      app.travel(25 * 3_600_000);
      pine.misbehave({ faults: { discovery: fault } });
      expect([await signIn(), await signIn(), await signIn()]).toEqual(["", "", ""]);
      expect(pine.countOf("discovery")).toBe(1);
      app.travel(10 * 60_000);
      pine.misbehave();
      await signIn();
      expect(pine.countOf("discovery")).toBe(2);
      await app.close();
    },
    20_000,
  );

  test("OAU-34: is asked for its discovery and its keys once, however many come at once", async () => {
    const app = await freshApp();
    pine.requests.splice(0);
    await Promise.all(
      Array.from({ length: 20 }, async (_none, index) => {
        const { client, comeBack } = visitorOf(app);
        const { authorizationUrl } = await client.social.start.mutate({ provider: "pine" });
        return await comeBack(
          pine.signIn(authorizationUrl, { sub: `crowd${index}`, email: `crowd${index}@pine.test` }),
        );
      }),
    );
    expect([pine.countOf("discovery"), pine.countOf("keys"), pine.countOf("token")]).toEqual([1, 1, 20]);
    await app.close();
  });

  test("OAU-16: is not asked for its keys again and again by tokens with made-up ones", async () => {
    const app = await freshApp();
    const { privateKey } = await generateKeyPair("RS256");
    const sign = (claims: Claims, index: number) =>
      new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: `made-up-${index}` }).sign(privateKey);
    for (let index = 0; index < 20; index++) {
      pine.misbehave({ sign: (claims) => sign(claims, index) });
      const idToken = await pine.makeIdToken({ ...ada, nonce: "n" });
      const call = visitorOf(app).client.social.login.mutate({ provider: "pine", idToken, nonce: "n" });
      expect(await reasonFor(call)).toBe("PROVIDER_TOKEN_INVALID");
    }
    expect(pine.countOf("keys")).toBeLessThanOrEqual(2);
    await app.close();
  });
});
