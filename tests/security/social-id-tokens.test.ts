import { createHmac, randomBytes } from "node:crypto";
import { openIdConnect } from "@keywright/api";
import { reasonOf } from "@keywright/client";
import { CompactEncrypt, exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { type Claims, type MisbehavingProvider, startMisbehavingProvider } from "../support/misbehaving-provider.js";
import { peopleOf } from "../support/provider-people.js";
import { visitorOf } from "../support/social.js";

let pine: MisbehavingProvider;
let foreign: MisbehavingProvider;
let app: TestApp;
beforeAll(async () => {
  [pine, foreign] = [await startMisbehavingProvider(), await startMisbehavingProvider()];
  app = await createTestApp({
    providers: [openIdConnect({ id: "pine", name: "Pine", ...pine.options, clientIds: ["keywright-ios"] })],
  });
});
beforeEach(() => pine.misbehave());
afterAll(async () => {
  await app.close();
  await Promise.all([pine.close(), foreign.close()]);
});

const { newPerson } = peopleOf(() => pine);
const seconds = () => Math.floor(Date.now() / 1000);
const encoded = (json: unknown) => Buffer.from(JSON.stringify(json)).toString("base64url");
const newNonce = () => randomBytes(16).toString("hex");

/** Null if the token that the provider makes now lets me in; else why not. */
async function byCode(): Promise<string | null> {
  const { client, comeBack } = visitorOf(app);
  const { authorizationUrl } = await client.social.start.mutate({ provider: "pine" });
  const reason = (await comeBack(pine.signIn(authorizationUrl, newPerson()))).searchParams.get("error");
  expect((await client.auth.session.query()) === null).toBe(reason !== null);
  return reason;
}

async function byToken(): Promise<string | null> {
  const nonce = newNonce();
  const idToken = await pine.makeIdToken({ ...newPerson(), nonce });
  return await reasonOrNull(visitorOf(app).client.social.login.mutate({ provider: "pine", idToken, nonce }));
}

const reasonOrNull = (call: Promise<unknown>) => call.then(() => null, reasonOf);
const outcomes = async () => ({ byToken: await byToken(), byCode: await byCode() });
const refused = { byToken: "PROVIDER_TOKEN_INVALID", byCode: "PROVIDER_REFUSED" };

describe("an ID token", () => {
  test("OAU-11: lets me in if it is for us, alone or among others and authorized to us", async () => {
    for (const aud of ["keywright", ["keywright"], ["other", "keywright"]]) {
      pine.misbehave({ claims: { aud, azp: "keywright" } });
      expect(await outcomes()).toEqual({ byToken: null, byCode: null });
    }
  });

  test("OAU-11: of our app on a phone lets me in when the phone sends it, and not when a code was exchanged", async () => {
    pine.misbehave({ claims: { aud: "keywright-ios" } });
    expect(await outcomes()).toEqual({ byToken: null, byCode: "PROVIDER_REFUSED" });
  });

  test.each<[string, string, Claims]>([
    ["OAU-11", "is for another client", { aud: "other" }],
    ["OAU-11", "is for others, too, and authorized to nobody", { aud: ["other", "keywright"], azp: undefined }],
    ["OAU-11", "is authorized to another client", { azp: "other" }],
    ["OAU-11", "is for us and authorized to another client", { aud: ["keywright", "other"], azp: "other" }],
    ["OAU-11", "is for nobody", { aud: undefined }],
    ["OAU-11", "is for an empty list", { aud: [] }],
    ["OAU-11", "is for something like us", { aud: "Keywright" }],
    ["OAU-11", "is for us within a text", { aud: "keywright other" }],
    ["OAU-13", "has another nonce", { nonce: "another" }],
    ["OAU-13", "has no nonce", { nonce: undefined }],
    ["OAU-13", "has an empty nonce", { nonce: "" }],
    ["OAU-13", "has a nonce that is no text", { nonce: ["any"] }],
    ["OAU-13", "was issued a day ago", { iat: seconds() - 86_400 }],
    ["OAU-13", "was issued tomorrow", { iat: seconds() + 86_400, exp: seconds() + 90_000 }],
    ["OAU-13", "does not say when it was issued", { iat: undefined }],
    ["OAU-14", "has the issuer of somebody else", { iss: "https://accounts.google.com" }],
    ["OAU-14", "has our issuer with a slash", { iss: "slash" }],
    ["OAU-14", "has no issuer", { iss: undefined }],
    ["OAU-14", "has a list of issuers", { iss: ["list"] }],
    ["OAU-16", "has expired", { iat: seconds() - 600, exp: seconds() - 60 }],
    ["OAU-16", "never expires", { exp: undefined }],
    ["OAU-16", "expires tomorrow, in words", { exp: "tomorrow" }],
    ["OAU-16", "expires at a text of digits", { exp: String(seconds() + 300) }],
    ["OAU-16", "expired before time began", { exp: -1 }],
    ["OAU-16", "expired half a second before that", { exp: 0.5 }],
    ["OAU-16", "is not valid yet", { nbf: seconds() + 600 }],
    ["OAU-16", "is valid from a text on", { nbf: "yesterday" }],
    ["OAU-17", "has no subject", { sub: undefined }],
    ["OAU-17", "has an empty subject", { sub: "" }],
    ["OAU-17", "has a number for a subject", { sub: 7 }],
    ["OAU-17", "has a subject that no column takes", { sub: "a\u0000b" }],
    ["OAU-17", "has a subject of half a character", { sub: "\ud800" }],
    ["OAU-17", "has a subject of 256 characters", { sub: "a".repeat(256) }],
  ])("%s: that %s is refused", async (_id, _what, claims) => {
    const iss = claims.iss === "slash" ? `${pine.issuer}/` : Array.isArray(claims.iss) ? [pine.issuer] : claims.iss;
    pine.misbehave({ claims: "iss" in claims ? { iss } : claims });
    expect(await outcomes()).toEqual(refused);
  });

  test.each<[string, (claims: Claims) => Promise<string> | string]>([
    ["is not signed", (claims) => `${encoded({ alg: "none" })}.${encoded(claims)}.`],
    ["is not signed, in other letters", (claims) => `${encoded({ alg: "None" })}.${encoded(claims)}.`],
    ["has an empty signature", (claims) => `${encoded({ alg: "RS256", kid: "k1" })}.${encoded(claims)}.`],
    ["is signed with the public key as a secret", (claims) => withPublicKeyAsSecret(claims)],
    ["is signed with a key that is not published", (claims) => signedWith("RS256", claims)],
    ["is signed in another way than its key is for", (claims) => signedWith("ES256", claims)],
    ["brings its own key along", (claims) => signedWith("ES256", claims, { jku: `${foreign.issuer}/keys` })],
    ["is encrypted", (claims) => encrypted(claims)],
    [
      "asks for hours of hashing",
      (claims) =>
        [
          encoded({ alg: "PBES2-HS256+A128KW", enc: "A128GCM", p2c: 1e10, p2s: "AAAA" }),
          encoded(claims),
          "A",
          "A",
          "A",
        ].join("."),
    ],
    ["is not a token", () => "not.a.token"],
  ])("OAU-16: that %s is refused", async (_what, sign) => {
    pine.misbehave({ sign });
    expect(await outcomes()).toEqual(refused);
    expect(foreign.requests).toEqual([]);
  });

  test("OAU-16: of 20 kB is refused", async () => {
    pine.misbehave({ claims: { padding: "x".repeat(20_000) } });
    expect(await outcomes()).toEqual({ byToken: "VALIDATION", byCode: "PROVIDER_REFUSED" });
  });
});

async function signedWith(alg: string, claims: Claims, header: object = {}): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const own = { alg, kid: "k1", jwk: await exportJWK(publicKey), ...header };
  return await new SignJWT(claims).setProtectedHeader(own).sign(privateKey);
}

async function withPublicKeyAsSecret(claims: Claims): Promise<string> {
  const content = `${encoded({ alg: "HS256", kid: "k1" })}.${encoded(claims)}`;
  const secret = await exportSPKI(pine.keys.publicKey);
  return `${content}.${createHmac("sha256", secret).update(content).digest("base64url")}`;
}

async function encrypted(claims: Claims): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(claims));
  const header = { alg: "RSA-OAEP-256", enc: "A128GCM" };
  const { publicKey } = await generateKeyPair("RSA-OAEP-256");
  return await new CompactEncrypt(text).setProtectedHeader(header).encrypt(publicKey);
}
