import { createKeywrightClient, type SecureStore, secureTokens } from "@keywright/client/native";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp, type TestUser } from "../support/app.js";
import { createBrowser } from "../support/browser.js";

let app: TestApp;
let ada: TestUser;
beforeAll(async () => {
  app = await createTestApp();
  ada = await app.addUser();
});
afterAll(() => app.close());

/** A keychain as `expo-secure-store` presents it, which can be locked. */
function createKeychain() {
  const items = new Map<string, string>();
  const options: unknown[] = [];
  const keychain = { items, options, isLocked: false, isFull: false };
  const opened = () => {
    if (keychain.isLocked) throw new Error("User interaction is not allowed.");
  };
  const store: SecureStore = {
    AFTER_FIRST_UNLOCK_THIS_DEVICE_ONLY: 1,
    async getItemAsync(key, given) {
      opened();
      options.push(given);
      return items.get(key) ?? null;
    },
    async setItemAsync(key, value, given) {
      opened();
      options.push(given);
      if (keychain.isFull) throw new Error("Could not encrypt the value.");
      items.set(key, value);
    },
    async deleteItemAsync(key, given) {
      opened();
      options.push(given);
      items.delete(key);
    },
  };
  return { ...keychain, keychain, store };
}

let phone: ReturnType<typeof createKeychain>;
beforeEach(() => {
  phone = createKeychain();
});

const requests: Request[] = [];
/** Each time as if the app had been started. */
function startApp(key?: string) {
  const { fetch } = createBrowser((request) => {
    requests.push(request);
    return app.handle(request, "127.0.0.1");
  });
  const tokens = secureTokens(phone.store, key === undefined ? {} : { key });
  return createKeywrightClient({ url: publicUrl, tokens, fetch: (url, init) => fetch(url, init) });
}

const signIn = (client: ReturnType<typeof startApp>) =>
  client.auth.login.mutate({ email: ada.email, password: ada.password });

describe("a phone's keychain", () => {
  test("keeps the session over a restart of the app: one short token, and no cookie is sent", async () => {
    requests.splice(0);
    await signIn(startApp());
    expect([...phone.items.keys()]).toEqual(["keywright"]);
    expect(phone.items.get("keywright")?.length).toBeLessThan(100);
    expect((await startApp().user.me.query()).email).toBe(ada.email);
    expect(requests.map(({ headers }) => headers.get("cookie"))).toEqual(requests.map(() => null));
    expect(requests.map(({ credentials }) => credentials)).toEqual(requests.map(() => "omit"));
  });

  test("is empty after a sign-out", async () => {
    const client = startApp();
    await signIn(client);
    await client.auth.logout.mutate();
    expect(phone.items.size).toBe(0);
    expect(await startApp().auth.session.query()).toBeNull();
  });

  test("has room for the sessions of two servers", async () => {
    await signIn(startApp("work.example.com"));
    expect(await startApp("home.example.com").auth.session.query()).toBeNull();
    expect((await startApp("work.example.com").user.me.query()).email).toBe(ada.email);
  });

  test("that is locked fails the calls with a sentence, signs nobody out, and is asked again", async () => {
    await signIn(startApp());
    const client = startApp();
    phone.keychain.isLocked = true;
    const failure = await client.user.me.query().catch((error) => error);
    expect(failure.message).toBe("The session could not be read on this device: User interaction is not allowed.");
    expect(failure.cause).toMatchObject({ message: "User interaction is not allowed." });
    phone.keychain.isLocked = false;
    expect((await client.user.me.query()).email).toBe(ada.email);
  });

  test("that cannot write says so at the sign-in, and the app goes on until it ends", async () => {
    const client = startApp();
    phone.keychain.isFull = true;
    await expect(signIn(client)).rejects.toThrow("could not be written on this device: Could not encrypt the value.");
    expect((await client.user.me.query()).email).toBe(ada.email);
    app.travel(6 * 60_000);
    expect((await client.user.me.query()).email).toBe(ada.email);
    expect(await startApp().auth.session.query()).toBeNull();
  });

  test("keeps the session on this phone: no backup takes it to another one, unless the app says so (K8)", async () => {
    const client = startApp();
    await signIn(client);
    await client.auth.logout.mutate();
    expect(phone.options.length).toBeGreaterThan(2);
    expect(phone.options).toEqual(phone.options.map(() => ({ keychainAccessible: 1 })));
    phone.options.length = 0;
    const asked = { requireAuthentication: true, authenticationPrompt: "Who is there?", keychainAccessible: 5 };
    await secureTokens(phone.store, { key: "other", ...asked }).save("kwr_1");
    expect(phone.options).toEqual([asked]);
  });

  test("gets no value that it may not keep", async () => {
    const tokens = secureTokens(phone.store);
    await tokens.save("x".repeat(2_048));
    await expect(tokens.save("é".repeat(1_025))).rejects.toThrow("2050 bytes is longer than the 2048");
    expect(phone.items.get("keywright")).toBe("x".repeat(2_048));
  });

  test("gets no name that it does not take", () => {
    expect(() => secureTokens(phone.store, { key: "my app" })).toThrow("letters, digits and . - _");
  });
});
