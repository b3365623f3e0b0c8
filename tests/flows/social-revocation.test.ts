import { type Provider, providerRefused, providerUnavailable } from "@keywright/api";
import type { KeywrightClient } from "@keywright/client";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { ownProvider } from "../support/own-provider.js";

const revoked: string[] = [];
const provider = { answer: () => {} };

/** Wants its refresh tokens back, as Apple does. */
function wanting(): Provider {
  const own = ownProvider({});
  return {
    ...own,
    keepsRefreshToken: true,
    identifyByAccessToken: async (_call, name) => ({
      issuer: "https://own.test",
      subject: name,
      email: `${name}@own.test`,
      isEmailVouched: true,
      username: null,
      firstName: "",
      lastName: "",
      authenticatedAt: null,
      tokens: { accessToken: "an access token", refreshToken: `refresh of ${name}`, expiresAt: null },
    }),
    async revokeToken(_call, refreshToken) {
      provider.answer();
      revoked.push(refreshToken);
    },
  };
}

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ providers: [wanting()] });
});
beforeEach(() => {
  revoked.length = 0;
  provider.answer = () => {};
});
afterAll(() => app.close());

async function signedIn(name: string): Promise<KeywrightClient> {
  const client = app.visitor();
  await client.social.login.mutate({ provider: "own", accessToken: name });
  return client;
}

const pending = async () => {
  return await app.sql(
    "select status from keywright.outbox where kind = 'revoke_provider_token' and status = 'pending'",
  );
};

test("a provider that wants its token back gets it when I delete my account, and my app cannot use it", async () => {
  const client = await signedIn("ada");
  const { id } = await client.user.me.query();
  expect(await app.keywright.providerToken(id, "own")).toBeNull();
  await client.user.delete.mutate({});
  await app.keywright.deliverMail();
  expect(revoked).toEqual(["refresh of ada"]);
  const [row] = await app.sql(
    "select status, payload, address from keywright.outbox where kind = 'revoke_provider_token'",
  );
  expect(row).toEqual({ status: "sent", payload: null, address: null });
});

test("it gets it when I disconnect, and not before", async () => {
  const client = await signedIn("bob");
  await client.password.change.mutate({ newPassword: "a horse of my own" });
  const [account] = await client.social.accounts.query();
  expect(revoked).toEqual([]);
  await client.social.disconnect.mutate({ id: account?.id ?? "" });
  await app.keywright.deliverMail();
  expect(revoked).toEqual(["refresh of bob"]);
});

test("it gets it when the owner of an address takes an account over that was never theirs", async () => {
  const client = await signedIn("dora");
  const { id } = await client.user.me.query();
  await app.sql(`update keywright.users set email_verified_at = null where id = '${id}'`);
  await app.visitor().password.requestReset.mutate({ email: "dora@own.test" });
  const token = await app.tokenFromMail("dora@own.test");
  await app.visitor().password.set.mutate({ token, newPassword: "a horse of my own" });
  await app.deliverMail();
  expect(revoked).toEqual(["refresh of dora"]);
});

test("while it is away, it is asked again; once it says no, it is not", async () => {
  provider.answer = () => {
    throw providerUnavailable("it is away");
  };
  await (await signedIn("carol")).user.delete.mutate({});
  await app.keywright.deliverMail();
  expect(await pending()).toHaveLength(1);
  app.travel(10 * 60_000);
  provider.answer = () => {
    throw providerRefused("it is not known");
  };
  await app.keywright.deliverMail();
  expect(await pending()).toEqual([]);
  expect(revoked).toEqual([]);
});
