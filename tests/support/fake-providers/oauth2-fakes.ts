import { createHmac, randomUUID } from "node:crypto";
import { discord, facebook, github, spotify } from "@keywright/api";
import { z } from "zod";
import { createAuthorization, type Grant } from "./fake-authorization.js";
import { type FakePerson, type FakeProvider, ourClient, type Proofs } from "./fake-provider.js";
import { denied, startFakeServer, tokenOf } from "./fake-server.js";
import { createIdTokenSigner } from "./id-token-signer.js";

const { clientId, clientSecret } = ourClient;
const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`;

type Authorization = ReturnType<typeof createAuthorization>;

export async function fakeGitHub(): Promise<FakeProvider> {
  const people = new Map<string, FakePerson>();
  const authorization = createAuthorization({ people, authentication: "post", usesPkce: true });
  const { authorize, token, grantOf } = authorization;
  const server = await startFakeServer(() => ({
    "GET /login/oauth/authorize": authorize,
    "POST /login/oauth/access_token": token,
    [`POST /api/applications/${clientId}/token`]: async (request) => {
      const { access_token } = z.object({ access_token: z.string() }).parse(await request.json());
      const isOurs = request.headers.get("authorization") === basic && grantOf(access_token)?.clientId === clientId;
      return isOurs ? Response.json({ app: { client_id: clientId } }) : denied("not_found", 404);
    },
    "GET /api/user": personal(authorization, ({ id, username, firstName, lastName }) => {
      return { id: Number(id), login: username, name: `${firstName} ${lastName}` };
    }),
    "GET /api/user/emails": personal(authorization, ({ email, isVerified }) => {
      const other = { email: `other-${email}`, primary: false, verified: true };
      return email === null ? [] : [other, { email, primary: true, verified: isVerified }];
    }),
  }));
  const provider = github({ ...ourClient, baseUrl: server.origin, apiUrl: `${server.origin}/api` });
  return { ...server, people, provider, proofsOf: accessTokens(people, authorization) };
}

/** It has its own ids for every app, and demands a proof that the caller has the app's secret. */
export async function fakeFacebook(): Promise<FakeProvider> {
  const people = new Map<string, FakePerson>();
  const authorization = createAuthorization({ people, authentication: "post", usesPkce: false });
  const { authorize, token, grantOf } = authorization;
  const { jwk, sign } = await createIdTokenSigner();
  const server = await startFakeServer(() => ({
    "GET /v24.0/dialog/oauth": authorize,
    "POST /v24.0/oauth/access_token": token,
    // What it knows of pages' tokens and of ended ones is in `claims`.
    "GET /v24.0/debug_token": (request) => {
      const { searchParams } = new URL(request.url);
      if (searchParams.get("access_token") !== `${clientId}|${clientSecret}`) return denied("OAuthException", 400);
      const grant = grantOf(searchParams.get("input_token") ?? "");
      const known = grant && { app_id: grant.clientId, type: "USER", ...grant.person.claims };
      return Response.json({ data: { is_valid: grant !== null, app_id: "none", ...known } });
    },
    "GET /v24.0/me": personal(
      authorization,
      ({ id, firstName, lastName, email }) => {
        return { id, first_name: firstName, last_name: lastName, ...(email && { email }) };
      },
      hasProof,
    ),
    "GET /keys": () => Response.json({ keys: [jwk] }),
  }));
  const tokens = accessTokens(people, authorization);
  const { origin } = server;
  return {
    ...server,
    people,
    provider: facebook({ ...ourClient, baseUrl: origin, apiUrl: origin, keysUrl: `${origin}/keys` }),
    async proofsOf(name, app) {
      const { id: sub, email, firstName, lastName } = personIn(people, name);
      const nonce = randomUUID();
      const claims = { sub, email, given_name: firstName, family_name: lastName, nonce };
      const idToken = await sign(claims, origin, app === "our app" ? clientId : "another-app");
      return { ...(await tokens(name, app)), idToken: { idToken, nonce } };
    },
  };
}

export async function fakeDiscord(): Promise<FakeProvider> {
  const people = new Map<string, FakePerson>();
  const authorization = createAuthorization({ people, authentication: "post", usesPkce: true });
  const server = await startFakeServer(() => ({
    "GET /oauth2/authorize": authorization.authorize,
    "POST /api/v10/oauth2/token": authorization.token,
    "GET /api/v10/oauth2/@me": (request) => {
      const grant = authorization.grantOf(tokenOf(request));
      return grant ? Response.json({ application: { id: grant.clientId }, scopes: ["identify"] }) : denied("401");
    },
    "GET /api/v10/users/@me": personal(authorization, ({ id, username, firstName, lastName, email, isVerified }) => {
      return { id, username, global_name: `${firstName} ${lastName}`, email, verified: isVerified };
    }),
  }));
  const provider = discord({ ...ourClient, baseUrl: server.origin });
  return { ...server, people, provider, proofsOf: accessTokens(people, authorization) };
}

export async function fakeSpotify(): Promise<FakeProvider> {
  const people = new Map<string, FakePerson>();
  const authorization = createAuthorization({ people, authentication: "basic", usesPkce: true });
  const server = await startFakeServer(() => ({
    "GET /authorize": authorization.authorize,
    "POST /api/token": authorization.token,
    "GET /v1/me": personal(authorization, ({ id, firstName, lastName, email }) => {
      return { id, display_name: `${firstName} ${lastName}`, ...(email && { email }) };
    }),
  }));
  const provider = spotify({ ...ourClient, baseUrl: server.origin, apiUrl: server.origin });
  return { ...server, people, provider, proofsOf: async () => ({}) };
}

/** An endpoint that answers about whoever the token is of. */
export function personal(
  { grantOf }: Authorization,
  answer: (person: FakePerson) => unknown,
  allows: (request: Request) => boolean = () => true,
) {
  return (request: Request): Response => {
    const grant = grantOf(tokenOf(request));
    return grant && allows(request) ? Response.json(answer(grant.person)) : denied("invalid_token");
  };
}

function hasProof(request: Request): boolean {
  const proof = createHmac("sha256", clientSecret).update(tokenOf(request)).digest("hex");
  return new URL(request.url).searchParams.get("appsecret_proof") === proof;
}

function accessTokens(people: ReadonlyMap<string, FakePerson>, { issue }: Authorization): FakeProvider["proofsOf"] {
  return async (name, app): Promise<Proofs> => {
    const grant: Grant = {
      person: personIn(people, name),
      clientId: app === "our app" ? clientId : "another-app",
      asked: new URLSearchParams(),
    };
    return { accessToken: { accessToken: issue(grant) } };
  };
}

export function personIn(people: ReadonlyMap<string, FakePerson>, name: string): FakePerson {
  const person = people.get(name);
  if (!person) throw new Error(`${name} is not known there.`);
  return person;
}
