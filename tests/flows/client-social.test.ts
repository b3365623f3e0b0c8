import { openIdConnect } from "@keywright/api";
import { createKeywrightClient, type SessionStore } from "@keywright/client";
import { startSocial } from "@keywright/client/native";
import { createRouterClient } from "@keywright/client/router";
import { startSocial as leaveFor, readSocialReturn } from "@keywright/client/social";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { type IdentityProvider, startIdentityProvider } from "../support/identity-provider.js";
import { reasonFor } from "../support/reason.js";
import type { appRouter } from "../support/router.js";
import { callbackOf, phoneCrypto, visitorOf } from "../support/social.js";
import { notedStore } from "./client-phone.js";

const frontEnd = "https://app.example.com/back";
const returnTo = "com.example.app://auth";

let idp: IdentityProvider;
let app: TestApp;
/** One that wants a username, which this provider does not give. */
let demanding: TestApp;

beforeAll(async () => {
  idp = await startIdentityProvider({ redirectUris: [callbackOf("acme"), frontEnd] });
  const { issuer, clientId, clientSecret } = idp;
  const acme = { name: "Acme", issuer, clientId, clientSecret };
  const config = {
    providers: [openIdConnect({ id: "acme", ...acme }), openIdConnect({ id: "front", redirectUri: frontEnd, ...acme })],
    social: { returnTo: [returnTo] },
  };
  app = await createTestApp(config);
  demanding = await createTestApp({ ...config, registration: { required: ["email", "username"] } });
});
afterAll(async () => {
  await app.close();
  await demanding.close();
  await idp.close();
});

/** A browser, or a phone with `isPhone`, and what its client sends and says. */
function watched({ at = app, isPhone = false }: { at?: TestApp; isPhone?: boolean } = {}) {
  const { browser, comeBack } = visitorOf(at);
  const store = notedStore();
  const sent: string[] = [];
  const bodies: string[] = [];
  const fetch = (url: string, init: RequestInit) => {
    sent.push(new URL(url).pathname.slice("/trpc/".length));
    bodies.push(String(init.body));
    return browser.fetch(url, init);
  };
  const options = { url: publicUrl, fetch, ...(isPhone ? { tokens: store } : {}) };
  const open = () => createKeywrightClient<typeof appRouter>(options);
  return { client: open(), open, options, comeBack, store, sent, bodies, jar: browser.jar };
}

type Visit = ReturnType<typeof watched>;

/** What a phone's browser does: somebody signs in there, or does not. */
function phoneBrowser({ comeBack }: Visit, signIn: (url: string) => Promise<URL>) {
  return async (url: string) => ({ type: "success", url: (await comeBack(await signIn(url))).href });
}

function newPerson(name: string): (url: string) => Promise<URL> {
  idp.people.set(name, { email: `${name}@acme.test`, email_verified: true });
  return (url) => idp.signIn(url, name);
}

function statesOf({ session }: { session: SessionStore }): string[] {
  const seen: string[] = [];
  session.subscribe(() => seen.push(session.get().status));
  return seen;
}

describe("a page", () => {
  afterEach(() => vi.unstubAllGlobals());

  test("leaves for the provider, with either kind of client, and stays where the server says no", async () => {
    const { client, options } = watched();
    const places: string[] = [];
    vi.stubGlobal("location", { assign: (place: string) => places.push(place) });
    await leaveFor(client, { provider: "acme", remember: false });
    await leaveFor(createRouterClient<typeof appRouter>(options), { provider: "acme" });
    for (const place of places) expect(place).toMatch(new RegExp(`^${idp.issuer}/auth\\?.*state=`));
    expect(await reasonFor(leaveFor(client, { provider: "other" }))).toBe("SOCIAL_NOT_CONFIGURED");
    expect(places).toHaveLength(2);
  });

  test("that has taken the provider's answer itself is signed in by `social.login`, without asking again", async () => {
    const { client, sent, jar } = watched();
    const signIn = newPerson("fay");
    const seen = statesOf(client);
    await expect.poll(() => seen).toEqual(["signedOut"]);
    const { authorizationUrl } = await client.social.start.mutate({ provider: "front" });
    const { searchParams } = await signIn(authorizationUrl);
    const proof = { code: searchParams.get("code") ?? "", state: searchParams.get("state") ?? "" };
    const answer = await client.social.login.mutate({ provider: "front", ...proof });
    expect(answer).toMatchObject({ status: "signed_in", created: true, tokens: null });
    expect(seen).toEqual(["signedOut", "signedIn"]);
    expect(client.session.get().user?.email).toBe("fay@acme.test");
    expect(sent).toEqual(["auth.session", "social.start", "social.login"]);
    expect([...jar.keys()]).toContain("__Host-keywright-session");
  });

  test("that is loaded after the redirect asks who is signed in", async () => {
    const { client, open, comeBack, sent } = watched();
    await client.session.refresh();
    expect(client.session.get().status).toBe("signedOut");
    const { authorizationUrl } = await client.social.start.mutate({ provider: "acme" });
    const place = await comeBack(await newPerson("gil")(authorizationUrl));
    expect(readSocialReturn(place.href)).toBeNull();
    sent.length = 0;
    const loaded = open();
    const seen = statesOf(loaded);
    await expect.poll(() => seen).toEqual(["signedIn"]);
    expect(loaded.session.get().user?.email).toBe("gil@acme.test");
    expect(sent).toEqual(["auth.session"]);
  });

  test("that comes back without a username completes the sign-in, and is signed in by the answer", async () => {
    const { client, open, comeBack } = watched({ at: demanding });
    const { authorizationUrl } = await client.social.start.mutate({ provider: "acme", returnTo: "/welcome?from=here" });
    const place = await comeBack(await newPerson("hal")(authorizationUrl));
    expect(place.pathname).toBe("/welcome");
    const back = readSocialReturn(place.href);
    if (back?.status !== "registration_incomplete") throw new Error(`The address is ${place.href}.`);
    expect(back.missing).toEqual(["username"]);
    const loaded = open();
    const answer = await loaded.social.complete.mutate({ ticket: back.ticket, username: "hal" });
    expect(answer).toMatchObject({ status: "signed_in", created: true });
    expect(loaded.session.get().user).toMatchObject({ username: "hal", email: "hal@acme.test" });
  });

  test("sends what has to do with credentials alone, whatever else is asked at the moment", async () => {
    const { client, sent } = watched();
    const ticket = "kwt_unknown";
    await Promise.allSettled([
      client.social.providers.query(),
      client.social.start.mutate({ provider: "acme" }),
      client.auth.session.query(),
      client.social.login.mutate({ provider: "acme", idToken: "none", nonce: "none" }),
      client.social.complete.mutate({ ticket }),
      client.social.connect.mutate({ provider: "acme", idToken: "none", nonce: "none" }),
      client.social.disconnect.mutate({ id: "00000000-0000-4000-8000-000000000000" }),
      client.social.accounts.query(),
    ]);
    const alone = ["start", "login", "complete", "connect", "disconnect"].map((name) => `social.${name}`);
    expect(sent.toSorted()).toEqual([...alone, "social.providers,auth.session,social.accounts"].toSorted());
  });
});

describe("an app on a phone", () => {
  test("signs in through the browser, keeps the tokens, and is still signed in when it is started again", async () => {
    const phone = watched({ isPhone: true });
    const seen = statesOf(phone.client);
    const openAuthSession = phoneBrowser(phone, newPerson("ida"));
    const answer = await startSocial(phone.client, {
      provider: "acme",
      returnTo,
      openAuthSession,
      crypto: phoneCrypto,
    });
    expect(answer).toMatchObject({ status: "signed_in", created: true });
    expect(phone.client.session.get().user?.email).toBe("ida@acme.test");
    expect(seen.at(-1)).toBe("signedIn");
    expect(phone.store.saved).toEqual([expect.stringMatching(/^kwr_/)]);
    expect((await phone.open().user.me.query()).email).toBe("ida@acme.test");
    expect([...phone.jar.keys()]).toEqual([]);
  });

  test("gets the ticket of a sign-in that lacks something, and keeps the tokens of its completion", async () => {
    const phone = watched({ at: demanding, isPhone: true });
    const openAuthSession = phoneBrowser(phone, newPerson("jon"));
    const answer = await startSocial(phone.client, {
      provider: "acme",
      returnTo,
      openAuthSession,
      crypto: phoneCrypto,
    });
    if (answer?.status !== "registration_incomplete") throw new Error(`It was answered ${answer?.status}.`);
    expect([answer.missing, phone.store.saved]).toEqual([["username"], []]);
    await phone.client.social.complete.mutate({ ticket: answer.ticket, username: "jon" });
    expect(phone.store.saved).toEqual([expect.stringMatching(/^kwr_/)]);
    expect((await phone.client.user.me.query()).username).toBe("jon");
  });

  test("is told nothing if its user closes the browser", async () => {
    const { client, sent } = watched({ isPhone: true });
    const openAuthSession = async () => ({ type: "cancel" });
    expect(await startSocial(client, { provider: "acme", returnTo, openAuthSession, crypto: phoneCrypto })).toBeNull();
    expect(sent).toEqual(["social.start"]);
  });

  test("is told why the provider, or the server, has said no", async () => {
    const phone = watched({ isPhone: true });
    const refusing = async (url: string) =>
      new URL(`${callbackOf("acme")}?error=access_denied&state=${new URL(url).searchParams.get("state")}`);
    const openAuthSession = phoneBrowser(phone, refusing);
    const options = { provider: "acme", returnTo, openAuthSession, crypto: phoneCrypto };
    expect(await reasonFor(startSocial(phone.client, options))).toBe("PROVIDER_REFUSED");
    const unknown = startSocial(phone.client, { ...options, provider: "other" });
    expect(await reasonFor(unknown)).toBe("SOCIAL_NOT_CONFIGURED");
    const elsewhere = startSocial(phone.client, { ...options, returnTo: "com.example.evil://auth" });
    expect(await reasonFor(elsewhere)).toBe("VALIDATION");
  });

  test("proves with the provider who its user is, and connects another one", async () => {
    const phone = watched({ isPhone: true });
    const openAuthSession = phoneBrowser(phone, newPerson("kim"));
    const options = { provider: "acme", returnTo, openAuthSession, crypto: phoneCrypto };
    await startSocial(phone.client, options);
    const before = Date.now() - 2_000;
    const proved = await startSocial(phone.client, { ...options, purpose: "reauthenticate" });
    expect(proved?.authenticatedAt.getTime()).toBeGreaterThan(before);
    const other = phoneBrowser(phone, newPerson("kim2"));
    const account = await startSocial(phone.client, { ...options, openAuthSession: other, purpose: "connect" });
    expect(account).toMatchObject({ provider: "acme", email: "kim2@acme.test" });
    expect(await phone.client.social.accounts.query()).toHaveLength(2);
  });

  test("makes another challenge for each sign-in", async () => {
    const phone = watched({ isPhone: true });
    const openAuthSession = phoneBrowser(phone, newPerson("lea"));
    const options = { provider: "acme", returnTo, openAuthSession, crypto: phoneCrypto };
    for (let turn = 0; turn < 2; turn++) await startSocial(phone.client, options);
    const challenges = phone.bodies.flatMap((body) => /"codeChallenge":"([\w-]{43})"/.exec(body)?.[1] ?? []);
    expect(new Set(challenges).size).toBe(2);
  });

  test("renews an access token that has expired before it goes to connect a provider", async () => {
    const phone = watched({ isPhone: true });
    const openAuthSession = phoneBrowser(phone, newPerson("max"));
    const options = { provider: "acme", returnTo, openAuthSession, crypto: phoneCrypto };
    await startSocial(phone.client, options);
    app.travel(6 * 60_000);
    phone.sent.length = 0;
    const other = phoneBrowser(phone, newPerson("max2"));
    const account = await startSocial(phone.client, { ...options, openAuthSession: other, purpose: "connect" });
    expect(account?.email).toBe("max2@acme.test");
    expect(phone.sent).toEqual(["social.start", "auth.refreshToken", "social.start", "social.connect"]);
  });
});
