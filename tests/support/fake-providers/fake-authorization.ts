import { createHash, randomUUID } from "node:crypto";
import { type FakePerson, ourClient } from "./fake-provider.js";
import { denied, formOf } from "./fake-server.js";

/** What a person agreed to. */
export interface Grant {
  person: FakePerson;
  clientId: string;
  /** The parameters with which they were sent here. */
  asked: URLSearchParams;
}

export interface AuthorizationTraits {
  people: ReadonlyMap<string, FakePerson>;
  /** A function, where the secret is made for each call; it gets the address of this server, too. */
  authentication: "basic" | "post" | ((form: URLSearchParams, origin: string) => Promise<boolean>);
  /** Where it is false, a request with a challenge or a verifier is refused. */
  usesPkce: boolean;
  /** For `form_post`: more fields of the form. */
  fieldsOf?(grant: Grant): Record<string, string>;
  /** More in the answer of the token endpoint. */
  tokensOf?(grant: Grant): Promise<Record<string, unknown>>;
}

/** The endpoints of the code flow (RFC 6749, 4.1; RFC 7636), for one registered client. */
export function createAuthorization(traits: AuthorizationTraits) {
  const codes = new Map<string, Grant>();
  const tokens = new Map<string, Grant>();
  const refreshTokens = new Map<string, Grant>();

  function authorize(request: Request): Response {
    const { searchParams: asked } = new URL(request.url);
    const person = traits.people.get(asked.get("person") ?? "");
    const clientId = asked.get("client_id") ?? "";
    const isAllowed = clientId === ourClient.clientId && asked.get("response_type") === "code";
    if (!person || !isAllowed || asked.has("code_challenge") !== traits.usesPkce) return denied("invalid_request", 400);
    const code = randomUUID();
    const grant = { person, clientId, asked };
    codes.set(code, grant);
    return answerOf(asked, { code, state: asked.get("state") ?? "", ...traits.fieldsOf?.(grant) });
  }

  async function token(request: Request): Promise<Response> {
    const form = await formOf(request);
    if (!(await isOurClient(traits, request, form))) return denied("invalid_client");
    if (form.get("grant_type") === "refresh_token") return refresh(form.get("refresh_token") ?? "");
    const grant = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const isGranted = grant && form.get("redirect_uri") === grant.asked.get("redirect_uri") && isProved(grant, form);
    if (!isGranted) return denied("invalid_grant", 400);
    const more = await traits.tokensOf?.(grant);
    const refreshToken = `refresh-${randomUUID()}`;
    refreshTokens.set(refreshToken, grant);
    return Response.json({ ...answerFor(grant), refresh_token: refreshToken, ...more });
  }

  /** RFC 6749, 6. The same refresh token stays good. */
  function refresh(refreshToken: string): Response {
    const grant = refreshTokens.get(refreshToken);
    return grant ? Response.json(answerFor(grant)) : denied("invalid_grant", 400);
  }

  /** RFC 7009. */
  async function revoke(request: Request): Promise<Response> {
    const form = await formOf(request);
    if (!(await isOurClient(traits, request, form))) return denied("invalid_client");
    refreshTokens.delete(form.get("token") ?? "");
    return new Response(null);
  }

  const answerFor = (grant: Grant) => ({ access_token: issue(grant), token_type: "bearer", expires_in: 3600 });

  /** An access token for somebody who signed in with an SDK. */
  function issue(grant: Grant): string {
    const token = randomUUID();
    tokens.set(token, grant);
    return token;
  }

  return {
    authorize,
    token,
    revoke,
    issue,
    grantOf: (token: string) => tokens.get(token) ?? null,
    /** Whose refresh tokens are good. */
    refreshable: () => [...refreshTokens.values()].map(({ person }) => person.id),
  };
}

/** RFC 6749, 4.1.2, or OAuth 2.0 Form Post Response Mode. */
function answerOf(asked: URLSearchParams, fields: Record<string, string>): Response {
  const back = new URL(asked.get("redirect_uri") ?? "");
  if (asked.get("response_mode") === "form_post") {
    const inputs = Object.entries(fields).map(([name, value]) => {
      return `<input type="hidden" name="${name}" value="${value.replaceAll('"', "&quot;")}">`;
    });
    return new Response(`<form action="${back.href}" method="post">${inputs.join("")}</form>`);
  }
  for (const [name, value] of Object.entries(fields)) back.searchParams.set(name, value);
  return new Response(null, { status: 302, headers: { location: back.href } });
}

async function isOurClient({ authentication }: AuthorizationTraits, request: Request, form: URLSearchParams) {
  const { clientId, clientSecret } = ourClient;
  if (authentication === "basic") {
    const credentials = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
    return request.headers.get("authorization") === `Basic ${credentials}`;
  }
  if (form.get("client_id") !== clientId) return false;
  return authentication === "post"
    ? form.get("client_secret") === clientSecret
    : await authentication(form, new URL(request.url).origin);
}

function isProved({ asked }: Grant, form: URLSearchParams): boolean {
  const [challenge, verifier] = [asked.get("code_challenge"), form.get("code_verifier")];
  if (challenge === null) return verifier === null;
  return (
    createHash("sha256")
      .update(verifier ?? "")
      .digest("base64url") === challenge
  );
}
