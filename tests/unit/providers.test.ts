import { generateKeyPairSync } from "node:crypto";
import * as api from "@keywright/api";
import { expect, test } from "vitest";
import { oauth1Header } from "../../packages/api/src/providers/oauth1-signature.js";
import { waysOf } from "../../packages/api/src/providers/provider.js";
import { builtInKinds, providerFaults } from "../../packages/api/src/providers/providers.js";

const client = { clientId: "ours", clientSecret: "secret" };
const appleKey = { clientId: "com.example.web", teamId: "TEAM123456", keyId: "KEY1234567" };

test("a request is signed as in the example of X's documentation", () => {
  const header = oauth1Header(
    {
      method: "POST",
      url: "https://api.x.com/1.1/statuses/update.json",
      parameters: { include_entities: "true", status: "Hello Ladies + Gentlemen, a signed OAuth request!" },
    },
    {
      consumerKey: "xvz1evFS4wEEPTGEFPHBog",
      consumerSecret: "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
      token: "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
      tokenSecret: "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
    },
    { nonce: "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg", seconds: 1318622958 },
  );
  expect(header).toBe(
    'OAuth oauth_consumer_key="xvz1evFS4wEEPTGEFPHBog", oauth_nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg", oauth_signature="Ls93hJiZbQ3akF3HF3x1Bz8%2FzU4%3D", oauth_signature_method="HMAC-SHA1", oauth_timestamp="1318622958", oauth_token="370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb", oauth_version="1.0"',
  );
});

test.each(builtInKinds)("no other provider can call itself %s", (id) => {
  const acme = { id, name: "Acme", issuer: "https://acme.test", ...client };
  const impostor = { ...api.openIdConnect(acme), kind: "own" };
  expect(providerFaults([impostor])).toEqual([`The provider id \`${id}\` is reserved.`]);
});

test("a second app of the same provider has an id of its own", () => {
  expect(providerFaults([api.google(client), api.google({ ...client, id: "google-work" })])).toEqual([]);
  expect(providerFaults([api.google(client), api.google(client)])).toEqual(["Two providers have the id `google`."]);
});

test("tokens of OAuth 1.0a are offered only if the app's consumer key is known", () => {
  expect(waysOf(api.twitter(client))).toEqual(["code"]);
  expect(waysOf(api.twitter({ ...client, consumer: { key: "k", secret: "s" } }))).toEqual(["code", "oauth1"]);
});

const keys = { type: "pkcs8", format: "pem" } as const;
const otherCurve = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey.export(keys).toString();
const right = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export(keys).toString();

test.each([
  ["none", ""],
  ["no key", "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----"],
  ["a key of another curve", otherCurve],
  ["only the inner lines", right.split("\n").slice(1, -2).join("\n")],
])("an operator who gives %s for Apple is told at the start", (_what, privateKey) => {
  expect(() => api.apple({ ...appleKey, privateKey })).toThrow(/^The option `privateKey` must be the text of the \.p8/);
});

test.each([
  ["as it is", right],
  ["in one line", right.replaceAll("\n", "\\n")],
])("the key from Apple is taken %s", (_how, privateKey) => {
  expect(api.apple({ ...appleKey, privateKey }).responseMode).toBe("form_post");
});

test.each([
  [{ tenant: "contoso.onmicrosoft.com" }, "`tenant`"],
  [{ tenants: ["contoso"] }, "`tenants`"],
])("an operator who gives Microsoft %j is told which option", (options, named) => {
  expect(() => api.microsoft({ ...client, ...options })).toThrow(named);
});
