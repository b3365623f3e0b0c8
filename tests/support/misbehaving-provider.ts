import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { addressOf } from "./loopback.js";

export type Claims = Record<string, unknown>;
export type Endpoint = "discovery" | "keys" | "token" | "userinfo" | "tokeninfo";
export type MisbehavingProvider = Awaited<ReturnType<typeof startMisbehavingProvider>>;

export interface Behaviour {
  /** Over what would be in the ID token; undefined removes a claim. */
  claims: Claims;
  /** Instead of a signature with the published key. */
  sign: ((claims: Claims) => Promise<string> | string) | null;
  /** What an endpoint does instead of answering. */
  faults: Partial<Record<Endpoint, (response: ServerResponse) => void>>;
  /** Instead of the person's user info. */
  userInfo: Claims | null;
  /** Over the discovery document. */
  discovery: Claims;
}

interface Code {
  person: Claims;
  parameters: URLSearchParams;
}

const wellBehaved: Behaviour = { claims: {}, sign: null, faults: {}, userInfo: null, discovery: {} };

/** An OpenID Connect provider on loopback that does what a test tells it to, right or wrong. */
export async function startMisbehavingProvider({ now = () => new Date() }: { now?: () => Date } = {}) {
  const keys = await generateKeyPair("RS256", { extractable: true });
  const state = { behaviour: { ...wellBehaved }, now, reusesCodes: false };
  const requests: { endpoint: string; headers: IncomingMessage["headers"]; body: string }[] = [];
  const codes = new Map<string, Code>();
  const given: string[] = [];
  const accessTokens = new Map<string, Claims>();
  const client = { clientId: "keywright", clientSecret: "s3c+ret/of our=client" };

  const http = createServer((request, response) => {
    void serve(request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });
  // This process may be busy for longer than the default, and then writes to a socket that is closed by now.
  http.keepAliveTimeout = 120_000;
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const issuer = addressOf(http);

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const endpoint = endpointOf(request.url ?? "");
    const body = await text(request);
    requests.push({ endpoint: endpoint ?? "unknown", headers: request.headers, body });
    const fault = endpoint && state.behaviour.faults[endpoint];
    if (fault) return fault(response);
    const answer = endpoint && (await answers[endpoint](new URLSearchParams(body), request));
    json(response, answer ? 200 : 400, answer || { error: "invalid_request" });
  }

  const answers: Record<
    Endpoint,
    (body: URLSearchParams, request: IncomingMessage) => Promise<Claims | null> | Claims | null
  > = {
    discovery: () => ({ ...discoveryDocument(issuer), ...state.behaviour.discovery }),
    keys: async () => ({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: "k1", use: "sig" }] }),
    token: (body, request) => (isClient(request, client) ? exchange(body) : null),
    userinfo: (_body, { headers }) => {
      const person = accessTokens.get(headers.authorization?.replace(/^Bearer /, "") ?? "");
      return person ? (state.behaviour.userInfo ?? person) : null;
    },
    tokeninfo: (body) => accessTokens.get(body.get("access_token") ?? "") ?? null,
  };

  async function exchange(body: URLSearchParams): Promise<Claims | null> {
    const code = codes.get(body.get("code") ?? "");
    if (!state.reusesCodes) codes.delete(body.get("code") ?? "");
    const challenge = createHash("sha256")
      .update(body.get("code_verifier") ?? "")
      .digest("base64url");
    if (!code || code.parameters.get("code_challenge") !== challenge) return null;
    if (code.parameters.get("redirect_uri") !== body.get("redirect_uri")) return null;
    const idToken = await makeIdToken({ ...code.person, nonce: code.parameters.get("nonce") });
    const accessToken = issueAccessToken(code.person);
    given.push(accessToken, `refresh-${accessToken}`, idToken);
    return {
      access_token: accessToken,
      refresh_token: `refresh-${accessToken}`,
      id_token: idToken,
      token_type: "Bearer",
      expires_in: 300,
    };
  }

  /** What an SDK would get, with the current misbehaviour. */
  async function makeIdToken(claims: Claims): Promise<string> {
    const seconds = Math.floor(state.now().getTime() / 1000);
    const standard = { iss: issuer, aud: client.clientId, iat: seconds, exp: seconds + 300 };
    const all = Object.entries({ ...standard, ...claims, ...state.behaviour.claims });
    const payload = Object.fromEntries(all.filter(([, value]) => value !== undefined));
    if (state.behaviour.sign) return await state.behaviour.sign(payload);
    return await new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid: "k1" }).sign(keys.privateKey);
  }

  function issueAccessToken(claims: Claims, aud: string = client.clientId): string {
    const token = randomBytes(24).toString("base64url");
    accessTokens.set(token, { ...claims, aud, azp: aud });
    return token;
  }

  /** Signs a person in and returns where the browser is sent. */
  function signIn(authorizationUrl: string, person: Claims, extra: Record<string, string> = {}): URL {
    const { searchParams: parameters } = new URL(authorizationUrl);
    const code = randomBytes(16).toString("base64url");
    codes.set(code, { person, parameters });
    const callback = new URL(parameters.get("redirect_uri") ?? "");
    const response = { code, state: parameters.get("state") ?? "", iss: issuer, ...extra };
    for (const [name, value] of Object.entries(response)) callback.searchParams.set(name, value);
    return callback;
  }

  return {
    issuer,
    ...client,
    /** For `openIdConnect` and `google`. */
    options: { issuer, ...client },
    keys,
    requests,
    makeIdToken,
    issueAccessToken,
    signIn,
    /** Until the next call of this; without anything, it behaves. */
    misbehave(behaviour: Partial<Behaviour> = {}) {
      state.behaviour = { ...wellBehaved, ...behaviour };
    },
    /** Its clock; by default the machine's. */
    setClock(clock: () => Date) {
      state.now = clock;
    },
    acceptCodesAgain() {
      state.reusesCodes = true;
    },
    /** Everything that its token endpoint has handed out. */
    tokensGiven: () => [...given],
    countOf: (endpoint: Endpoint) => requests.filter((request) => request.endpoint === endpoint).length,
    async close() {
      http.closeAllConnections();
      http.close();
      await once(http, "close");
    },
  };
}

function endpointOf(path: string): Endpoint | null {
  if (path === "/.well-known/openid-configuration") return "discovery";
  return (["keys", "token", "userinfo", "tokeninfo"] as const).find((endpoint) => path === `/${endpoint}`) ?? null;
}

function discoveryDocument(issuer: string): Claims {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/keys`,
    response_types_supported: ["code"],
    authorization_response_iss_parameter_supported: true,
  };
}

/** RFC 6749, 2.3.1: both are form-encoded within the header. */
function isClient(
  { headers }: IncomingMessage,
  { clientId, clientSecret }: { clientId: string; clientSecret: string },
) {
  const [id, secret] = Buffer.from(headers.authorization?.replace(/^Basic /, "") ?? "", "base64")
    .toString()
    .split(":");
  const decoded = [id, secret].map((part = "") => decodeURIComponent(part.replaceAll("+", " ")));
  return decoded[0] === clientId && decoded[1] === clientSecret;
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
