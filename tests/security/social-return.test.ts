import { openIdConnect } from "@keywright/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp, type TestConfig } from "../support/app.js";
import { type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { reasonFor } from "../support/reason.js";
import { visitorOf } from "../support/social.js";

let pine: MisbehavingProvider;
let app: TestApp;
beforeAll(async () => {
  pine = await startMisbehavingProvider();
  app = await createTestApp(config());
  pine.setClock(() => app.keywright.deps.now());
});
afterAll(async () => {
  await app.close();
  await pine.close();
});

const returnTo = ["https://app.example.com", "https://odd.example.com:8443", "com.example.app://auth"];
const config = (more: TestConfig = {}): TestConfig => ({
  providers: [openIdConnect({ id: "pine", name: "Pine", ...pine.options })],
  social: { returnTo },
  ...more,
});
const ada = { sub: "ada", email: "ada@pine.test", email_verified: true };
const startAt = (address: string, client = visitorOf(app).client) =>
  client.social.start.mutate({ provider: "pine", returnTo: address });

describe("where a round trip may end", () => {
  test.each([
    ["/", `${publicUrl}/`],
    ["/inbox?tab=new#top", `${publicUrl}/inbox?tab=new#top`],
    [publicUrl, `${publicUrl}/`],
    ["https://app.example.com", "https://app.example.com/"],
    ["https://APP.example.com:443/inbox", "https://app.example.com/inbox"],
    ["https://odd.example.com:8443/x", "https://odd.example.com:8443/x"],
    ["com.example.app://auth", "com.example.app://auth"],
    ["com.example.app://auth/done?from=pine", "com.example.app://auth/done?from=pine"],
  ])("OAU-31: is %s if it is listed or ours", async (address, place) => {
    const { client, comeBack } = visitorOf(app);
    const { authorizationUrl } = await startAt(address, client);
    expect((await comeBack(pine.signIn(authorizationUrl, ada))).href).toBe(place);
  });

  test.each([
    "//evil.test",
    "///evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "/\t/evil.test",
    "/\n/evil.test",
    " https://app.example.com",
    "https://app.example.com ",
    "https:\t//evil.test",
    "https://evil.test",
    "https://evil.test?.example.com",
    "https://evil.test#https://app.example.com",
    "https://app.example.com.evil.test",
    "https://app.example.com@evil.test",
    "https://app.example.com:x@evil.test",
    "https://any@app.example.com",
    "https://any:any@app.example.com",
    "https://app.example.com%2eevil.test",
    "https://app.example.com\u3002evil.test",
    "https://evil.test/https://app.example.com",
    "https://app.example.com:8443",
    "https://odd.example.com",
    "https://www.app.example.com",
    "https://example.com",
    "http://app.example.com",
    "http://localhost:3001",
    "http://localhost:3000",
    "http:app.example.com",
    "https:evil.test",
    "https:/evil.test",
    "javascript:alert(1)",
    "JavaScript:alert(1)//app.example.com",
    "javascript://app.example.com/%0aalert(1)",
    "data:text/html,hello",
    "file:///etc/passwd",
    "blob:https://app.example.com/x",
    "view-source:https://app.example.com",
    "com.example.app:auth",
    "com.example.app:/auth",
    "com.example.app://",
    "com.example.app://other",
    "com.example.app://auth.evil",
    "com.example.app://auth:80",
    "com.example.app://any@auth",
    "com.example.app2://auth",
    "exp://127.0.0.1:8081",
    "inbox",
    "?next=evil",
    "\u0000/",
    "x".repeat(2001),
  ])("OAU-31: is not %j", async (address) => {
    expect(await reasonFor(startAt(address))).toBe("VALIDATION");
  });

  test("OAU-31: is looked up again at the end: what is no longer listed is not used", async () => {
    const later = await createTestApp(config({ social: { returnTo: [] } }), app.database);
    for (const address of ["https://app.example.com/inbox", "com.example.app://auth"]) {
      const before = visitorOf(app);
      const { authorizationUrl } = await startAt(address, before.client);
      const after = visitorOf(later);
      for (const [name, value] of before.browser.jar) after.browser.jar.set(name, value);
      const place = await after.comeBack(pine.signIn(authorizationUrl, ada));
      expect(place.href).toBe(`${publicUrl}/`);
    }
    await later.close();
  });

  test("OAU-31: is not for the callback to say, nor for a page that another site leads to", async () => {
    const { client, comeBack } = visitorOf(app);
    const { authorizationUrl } = await startAt("/inbox", client);
    const extra = { returnTo: "https://evil.test", return_to: "https://evil.test", redirect_uri: "https://evil.test" };
    const url = pine.signIn(authorizationUrl, ada, extra);
    url.host = new URL(publicUrl).host;
    expect((await comeBack(url)).href).toBe(`${publicUrl}/inbox`);
    const forged = new Request(url, {
      headers: { host: "evil.test", "x-forwarded-host": "evil.test", referer: "https://evil.test" },
    });
    const response = await app.keywright.oauthCallback(forged, "127.0.0.1");
    expect(response.headers.get("location")).toBe(`${publicUrl}/?error=TOKEN_INVALID`);
  });
});

describe("the list of addresses", () => {
  test.each([
    "https://app.example.com/path",
    "https://*.example.com",
    "*",
    "http://app.example.com",
    "javascript://x",
    "data://x",
    "https://any@app.example.com",
    "com.example.app:",
    "com.example.app://",
    "exp://192.168.0.2:8081",
    "https://",
  ])("OAU-31: cannot have %j where the app is not on this machine", async (address) => {
    const wrong = createTestApp(
      { publicUrl: "https://api.example.com", ...config({ social: { returnTo: [address] } }) },
      app.database,
    );
    await expect(wrong).rejects.toThrow("`social.returnTo`");
  });
});
