import {
  apple,
  type GoogleOptions,
  gitlab,
  google,
  linkedin,
  type MicrosoftOptions,
  microsoft,
  openIdConnect,
  slack,
  twitch,
} from "@keywright/api";
import { exportPKCS8, generateKeyPair, jwtVerify } from "jose";
import { standardClaims, startFakeOidc } from "./fake-oidc.js";
import { type FakeProvider, ourClient } from "./fake-provider.js";
import { denied, formOf, tokenOf } from "./fake-server.js";

export function fakeGoogle(options: Partial<GoogleOptions> = {}): Promise<FakeProvider> {
  return startFakeOidc({
    authentication: "basic",
    usesPkce: true,
    claimsOf: standardClaims,
    hasTokenCheck: true,
    routes: ({ grantOf }) => ({
      "POST /tokeninfo": async (request) => {
        const grant = grantOf((await formOf(request)).get("access_token") ?? "");
        if (!grant) return denied("invalid_token", 400);
        const { email, isVerified, id } = grant.person;
        const claims = { azp: grant.clientId, aud: grant.clientId, sub: id, scope: "openid email" };
        return Response.json({ ...claims, ...(email && { email, email_verified: String(isVerified) }) });
      },
    }),
    provider: (origin) => google({ ...ourClient, issuer: origin, tokenInfoUrl: `${origin}/tokeninfo`, ...options }),
  });
}

/** It gives the name only beside the code, and only the first time. The address beside it is anybody's. */
export async function fakeApple(): Promise<FakeProvider> {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const app = { teamId: "TEAM123456", keyId: "KEY1234567" };
  const pem = await exportPKCS8(privateKey);
  const known = new Set<string>();
  return await startFakeOidc({
    authentication: async (form, issuer) => {
      const { payload, protectedHeader } = await jwtVerify(form.get("client_secret") ?? "", publicKey, {
        algorithms: ["ES256"],
        issuer: app.teamId,
        subject: ourClient.clientId,
        audience: issuer,
      });
      return protectedHeader.kid === app.keyId && (payload.exp ?? 0) > Date.now() / 1000;
    },
    usesPkce: false,
    hasUserInfo: false,
    fieldsOf({ person: { id, firstName, lastName } }) {
      if (known.has(id)) return {};
      known.add(id);
      return { user: JSON.stringify({ name: { firstName, lastName }, email: "somebody@else.test" }) };
    },
    claimsOf: ({ email, isVerified }) => (email === null ? {} : { email, email_verified: String(isVerified) }),
    provider: (origin) => apple({ clientId: ourClient.clientId, ...app, privateKey: pem, issuer: origin }),
  });
}

/** The directory of everybody whose `claims` name no other. */
export const directory = "11111111-2222-3333-4444-555555555555";
export const consumers = "9188040d-6c67-4c5b-b112-36a304b66dad";
const namedIssuers: Record<string, string> = { common: "{tenantid}", organizations: "{tenantid}", consumers };

/** Its key signs for `keyTenant`; the default is the pattern that stands for every directory. */
export function fakeMicrosoft(
  options: Partial<MicrosoftOptions> = {},
  keyTenant = "{tenantid}",
): Promise<FakeProvider> {
  const { tenant = "common" } = options;
  return startFakeOidc({
    issuerPath: `/${tenant}/v2.0`,
    documentIssuer: (origin) => `${origin}/${namedIssuers[tenant] ?? tenant}/v2.0`,
    tokenIssuer: (origin, { tid }) => `${origin}/${tid}/v2.0`,
    keyOf: (origin) => ({ issuer: `${origin}/${keyTenant}/v2.0` }),
    authentication: "post",
    usesPkce: true,
    claimsOf: ({ id, firstName, lastName, email, isVerified }) => ({
      sub: `pairwise-${id}`,
      tid: directory,
      oid: id,
      name: `${firstName} ${lastName}`,
      ...(email === null ? {} : { email, xms_edov: isVerified }),
    }),
    provider: (origin) => microsoft({ ...ourClient, baseUrl: origin, ...options }),
  });
}

/** It leaves the nonce out, and refuses a client that sends a verifier. */
export function fakeLinkedIn(): Promise<FakeProvider> {
  return startFakeOidc({
    issuerPath: "/oauth",
    authentication: "post",
    usesPkce: false,
    returnsNonce: false,
    claimsOf: standardClaims,
    hasTokenCheck: true,
    routes: ({ grantOf }) => ({
      "POST /introspect": async (request) => {
        const form = await formOf(request);
        if (form.get("client_secret") !== ourClient.clientSecret) return denied("invalid_client");
        const grant = grantOf(form.get("token") ?? "");
        return Response.json({ active: grant !== null, ...(grant && { client_id: grant.clientId }) });
      },
    }),
    provider: (origin) =>
      linkedin({ ...ourClient, issuer: `${origin}/oauth`, introspectionUrl: `${origin}/introspect` }),
  });
}

export function fakeGitLab(): Promise<FakeProvider> {
  return startFakeOidc({
    authentication: "post",
    usesPkce: true,
    claimsOf: standardClaims,
    hasTokenCheck: true,
    routes: ({ grantOf }) => ({
      "GET /oauth/token/info": (request) => {
        const grant = grantOf(tokenOf(request));
        if (!grant) return denied("invalid_token");
        return Response.json({ resource_owner_id: grant.person.id, application: { uid: grant.clientId } });
      },
    }),
    provider: (origin) => gitlab({ ...ourClient, baseUrl: origin }),
  });
}

export function fakeSlack(): Promise<FakeProvider> {
  return startFakeOidc({
    authentication: "post",
    usesPkce: false,
    claimsOf: (person) => ({ ...standardClaims(person), "https://slack.com/team_id": "T0123" }),
    provider: (origin) => slack({ ...ourClient, issuer: origin }),
  });
}

/** It gives only the claims that it is asked for. */
export function fakeTwitch(): Promise<FakeProvider> {
  return startFakeOidc({
    issuerPath: "/oauth2",
    authentication: "post",
    usesPkce: false,
    claimsOf(person, asked) {
      const { email, email_verified, preferred_username } = standardClaims(person);
      const all = { ...(person.email !== null && { email, email_verified }), preferred_username };
      if (!asked.has("redirect_uri")) return all;
      const wanted = Object.keys(JSON.parse(asked.get("claims") ?? "{}").id_token ?? {});
      return Object.fromEntries(Object.entries(all).filter(([name]) => wanted.includes(name)));
    },
    hasTokenCheck: true,
    routes: ({ grantOf }) => ({
      "GET /oauth2/validate": (request) => {
        const grant = grantOf(tokenOf(request, "OAuth"));
        if (!grant) return denied("invalid access token");
        return Response.json({ client_id: grant.clientId, user_id: grant.person.id, scopes: ["openid"] });
      },
    }),
    provider: (origin) => twitch({ ...ourClient, issuer: `${origin}/oauth2` }),
  });
}

export function fakeOpenIdConnect(): Promise<FakeProvider> {
  return startFakeOidc({
    authentication: "basic",
    usesPkce: true,
    claimsOf: standardClaims,
    provider: (origin) => openIdConnect({ ...ourClient, id: "acme", name: "Acme", issuer: origin }),
  });
}
