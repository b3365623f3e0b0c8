import { once } from "node:events";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";
import { createBrowser } from "./browser.js";
import { addressOf } from "./loopback.js";

export interface Person {
  email?: string;
  email_verified?: unknown;
  given_name?: string;
  family_name?: string;
  preferred_username?: string;
  [claim: string]: unknown;
}

export interface IdentityProviderOptions {
  /** Addresses that our client may be called back at. */
  redirectUris: string[];
  clientId?: string;
  /** Characters that must be encoded in the header (RFC 6749, 2.3.1). */
  clientSecret?: string;
  /** Default `client_secret_basic`. */
  authentication?: "client_secret_basic" | "client_secret_post";
  /** Where it is mounted, and so the end of its issuer; begins with a slash. */
  path?: string;
  /** Whether ID tokens say more than who somebody is, which a provider may leave to the user info. */
  hasFullIdTokens?: boolean;
}

export type IdentityProvider = Awaited<ReturnType<typeof startIdentityProvider>>;

/**
 * A certified OpenID Connect provider on loopback, with PKCE required. People sign in through its own pages, by HTTP;
 * anybody whose name is in `people` can.
 */
export async function startIdentityProvider({
  redirectUris,
  clientId = "keywright",
  clientSecret = "s3c+ret/of our=client",
  authentication = "client_secret_basic",
  path = "",
  hasFullIdTokens = false,
}: IdentityProviderOptions) {
  const people = new Map<string, Person>();
  const requests: string[] = [];
  const http = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    // What Express's `mount` does.
    const url = request.url?.slice(path.length);
    return answer(Object.assign(request, { originalUrl: request.url, url }), response);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const issuer = `${addressOf(http)}${path}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: redirectUris,
        token_endpoint_auth_method: authentication,
      },
    ],
    conformIdTokenClaims: !hasFullIdTokens,
    pkce: { required: () => true },
    claims: {
      openid: ["sub", "tid", "oid"],
      email: ["email", "email_verified"],
      profile: ["given_name", "family_name", "name", "preferred_username"],
    },
    cookies: { keys: ["for tests only"] },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: async () => ({ ...people.get(id), sub: id }),
    }),
  });
  const answer = provider.callback();

  /** What a person does who is sent there: signs in, consents, and is sent back; returns where to. */
  async function signIn(authorizationUrl: string, name: string, browser = newBrowser()): Promise<URL> {
    let address = authorizationUrl;
    let form: URLSearchParams | null = null;
    for (let step = 0; step < 12; step++) {
      const response = await browser.fetch(address, {
        redirect: "manual",
        ...(form ? { method: "POST", body: form } : {}),
      });
      form = null;
      const location = response.headers.get("location");
      if (location !== null) {
        address = new URL(location, address).href;
        if (redirectUris.some((uri) => address.startsWith(uri))) return new URL(address);
        continue;
      }
      const html = await response.text();
      const action = /<form[^>]* action="([^"]+)"/.exec(html)?.[1];
      if (response.status !== 200 || action === undefined) throw new Error(`The provider answered: ${html}`);
      address = new URL(action, address).href;
      form = new URLSearchParams(
        html.includes('name="login"') ? { prompt: "login", login: name, password: "any" } : { prompt: "consent" },
      );
    }
    throw new Error("The provider sends us in circles.");
  }

  const newBrowser = () => createBrowser((request) => fetch(request));

  return {
    issuer,
    clientId,
    clientSecret,
    people,
    requests,
    newBrowser,
    signIn,
    /** How often a code was exchanged, or tried to be. */
    exchanges: () => requests.filter((line) => line.startsWith(`POST ${path}/token`)).length,
    async close() {
      http.closeAllConnections();
      http.close();
      await once(http, "close");
    },
  };
}
