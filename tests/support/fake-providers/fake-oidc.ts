import { randomUUID } from "node:crypto";
import type { Provider } from "@keywright/api";
import { type AuthorizationTraits, createAuthorization, type Grant } from "./fake-authorization.js";
import { type FakePerson, type FakeProvider, ourClient } from "./fake-provider.js";
import { denied, type Routes, startFakeServer, tokenOf } from "./fake-server.js";
import { createIdTokenSigner } from "./id-token-signer.js";

type Claims = Record<string, unknown>;
type Authorization = ReturnType<typeof createAuthorization>;

export interface OidcTraits extends Pick<AuthorizationTraits, "authentication" | "usesPkce" | "fieldsOf"> {
  /** After the server's address; default none. */
  issuerPath?: string;
  /** What the discovery document and ID tokens name as issuer, if it is something else. */
  documentIssuer?: (origin: string) => string;
  tokenIssuer?: (origin: string, claims: Claims) => string;
  /** More in each key of the key set. */
  keyOf?: (origin: string) => Claims;
  /** Default true. */
  returnsNonce?: boolean;
  /** Default true. */
  hasUserInfo?: boolean;
  claimsOf(person: FakePerson, asked: URLSearchParams): Claims;
  /** Endpoints of its own, such as one that says whom a token was issued to. */
  routes?(authorization: Authorization): Routes;
  /** Whether access tokens can be sent in. */
  hasTokenCheck?: boolean;
  provider(origin: string): Provider;
}

/** A provider that speaks OpenID Connect, with discovery, a key set, signed ID tokens and user info. */
export async function startFakeOidc(traits: OidcTraits): Promise<FakeProvider> {
  const people = new Map<string, FakePerson>();
  const { jwk, sign } = await createIdTokenSigner();
  const { issuerPath = "", hasUserInfo = true, returnsNonce = true } = traits;
  const place = { origin: "" };

  function claimsOf(person: FakePerson, asked: URLSearchParams): Claims {
    return { sub: person.id, ...traits.claimsOf(person, asked), ...person.claims };
  }

  async function idToken({ person, clientId, asked }: Grant): Promise<string> {
    const nonce = asked.get("nonce");
    const claims = { ...claimsOf(person, asked), ...(returnsNonce && nonce !== null ? { nonce } : {}) };
    const issuer = traits.tokenIssuer?.(place.origin, claims) ?? `${place.origin}${issuerPath}`;
    return await sign(claims, issuer, clientId);
  }

  const authorization = createAuthorization({
    ...traits,
    people,
    tokensOf: async (grant) => ({ id_token: await idToken(grant) }),
  });

  const server = await startFakeServer((origin) => {
    place.origin = origin;
    const discovery = {
      issuer: traits.documentIssuer?.(origin) ?? `${origin}${issuerPath}`,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      jwks_uri: `${origin}/keys`,
      revocation_endpoint: `${origin}/revoke`,
      ...(hasUserInfo ? { userinfo_endpoint: `${origin}/userinfo` } : {}),
    };
    return {
      [`GET ${issuerPath}/.well-known/openid-configuration`]: () => Response.json(discovery),
      "GET /keys": () => Response.json({ keys: [{ ...jwk, ...traits.keyOf?.(origin) }] }),
      "GET /authorize": authorization.authorize,
      "POST /token": authorization.token,
      "POST /revoke": authorization.revoke,
      "GET /userinfo": (request) => {
        const grant = authorization.grantOf(tokenOf(request));
        if (!grant) return denied("invalid_token");
        return Response.json(claimsOf(grant.person, grant.asked));
      },
      ...traits.routes?.(authorization),
    };
  });

  return {
    ...server,
    people,
    refreshable: authorization.refreshable,
    provider: traits.provider(server.origin),
    async proofsOf(name, app) {
      const person = people.get(name);
      if (!person) throw new Error(`${name} is not known there.`);
      const nonce = randomUUID();
      const clientId = app === "our app" ? ourClient.clientId : "another-app";
      const grant = { person, clientId, asked: new URLSearchParams({ nonce }) };
      return {
        ...(returnsNonce && { idToken: { idToken: await idToken(grant), nonce } }),
        ...(traits.hasTokenCheck && { accessToken: { accessToken: authorization.issue(grant) } }),
      };
    },
  };
}

/** The standard claims (OpenID Connect Core, 5.1). */
export function standardClaims({ email, isVerified, firstName, lastName, username }: FakePerson): Claims {
  return {
    ...(email === null ? {} : { email, email_verified: isVerified }),
    name: `${firstName} ${lastName}`,
    given_name: firstName,
    family_name: lastName,
    preferred_username: username,
  };
}
