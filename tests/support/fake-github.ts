import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { addressOf } from "./loopback.js";

export interface GitHubPerson {
  id: number;
  login: string;
  name: string | null;
  emails: { email: string; primary: boolean; verified: boolean }[];
}

/** GitHub's documented endpoints, on loopback. */
export async function startFakeGitHub() {
  const client = { clientId: "Iv1.keywright", clientSecret: "s3cret of our app" };
  const tokens = new Map<string, { person: GitHubPerson; clientId: string }>();
  const codes = new Map<string, GitHubPerson>();
  const requests: string[] = [];
  const faults = new Map<string, (response: ServerResponse) => void>();
  const http = createServer((request, response) => void serve(request, response));
  http.keepAliveTimeout = 120_000;
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const url = addressOf(http);

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const path = request.url ?? "";
    requests.push(`${request.method} ${path}`);
    const fault = faults.get(path);
    if (fault) return fault(response);
    const known = tokens.get(request.headers.authorization?.replace(/^Bearer /, "") ?? "");
    const [status, answer] = answerTo(path, { body, known, authorization: request.headers.authorization });
    response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(answer));
  }

  function answerTo(
    path: string,
    given: { body: string; known: { person: GitHubPerson } | undefined; authorization: string | undefined },
  ): [number, unknown] {
    if (path === "/login/oauth/access_token") return [200, exchange(new URLSearchParams(given.body))];
    if (path === `/applications/${client.clientId}/token`) return check(given.body, given.authorization);
    if (!given.known) return [401, { message: "Bad credentials" }];
    const { emails, ...user } = given.known.person;
    return path === "/user/emails" ? [200, emails] : path === "/user" ? [200, user] : [404, { message: "Not Found" }];
  }

  /** It refuses with 200. */
  function exchange(body: URLSearchParams): unknown {
    const person = codes.get(body.get("code") ?? "");
    codes.delete(body.get("code") ?? "");
    const isOurs = body.get("client_id") === client.clientId && body.get("client_secret") === client.clientSecret;
    if (!person || !isOurs) return { error: "bad_verification_code", error_description: "The code has expired." };
    return { access_token: issueAccessToken(person), token_type: "bearer", scope: "read:user,user:email" };
  }

  function check(body: string, authorization = ""): [number, unknown] {
    const own = `Basic ${Buffer.from(`${client.clientId}:${client.clientSecret}`).toString("base64")}`;
    const { access_token } = z.object({ access_token: z.string() }).parse(JSON.parse(body));
    const known = tokens.get(access_token);
    if (authorization !== own || known?.clientId !== client.clientId) return [404, { message: "Not Found" }];
    return [200, { app: { client_id: client.clientId }, user: { id: known.person.id } }];
  }

  function issueAccessToken(person: GitHubPerson, clientId: string = client.clientId): string {
    const token = `gho_${randomBytes(18).toString("base64url")}`;
    tokens.set(token, { person, clientId });
    return token;
  }

  return {
    options: { ...client, baseUrl: url, apiUrl: url },
    requests,
    faults,
    issueAccessToken,
    /** Signs a person in and returns where the browser is sent. */
    signIn(authorizationUrl: string, person: GitHubPerson, extra: Record<string, string> = {}): URL {
      const { searchParams } = new URL(authorizationUrl);
      const code = randomBytes(10).toString("hex");
      codes.set(code, person);
      const callback = new URL(searchParams.get("redirect_uri") ?? "");
      const response = { code, state: searchParams.get("state") ?? "", ...extra };
      for (const [name, value] of Object.entries(response)) callback.searchParams.set(name, value);
      return callback;
    },
    async close() {
      http.closeAllConnections();
      http.close();
      await once(http, "close");
    },
  };
}

export type FakeGitHub = Awaited<ReturnType<typeof startFakeGitHub>>;
