import { createHmac, randomUUID } from "node:crypto";
import { twitter } from "@keywright/api";
import { createAuthorization } from "./fake-authorization.js";
import { type FakePerson, type FakeProvider, ourClient } from "./fake-provider.js";
import { startFakeServer } from "./fake-server.js";
import { personal, personIn } from "./oauth2-fakes.js";

const consumer = { key: "our-consumer", secret: "our consumer's secret" };

interface OAuth1Token {
  person: FakePerson;
  consumerKey: string;
  tokenSecret: string;
}

/** OAuth 2, and OAuth 1.0a (RFC 5849). It gives no address that it has not verified. */
export async function fakeTwitter(): Promise<FakeProvider> {
  const people = new Map<string, FakePerson>();
  const tokens = new Map<string, OAuth1Token>();
  const authorization = createAuthorization({ people, authentication: "basic", usesPkce: true });
  const server = await startFakeServer(() => ({
    "GET /i/oauth2/authorize": authorization.authorize,
    "POST /2/oauth2/token": authorization.token,
    "GET /2/users/me": personal(
      authorization,
      ({ id, firstName, lastName, username, email, isVerified }) => {
        const confirmed = email !== null && isVerified ? { confirmed_email: email } : {};
        return { data: { id, name: `${firstName} ${lastName}`, username, ...confirmed } };
      },
      (request) => new URL(request.url).searchParams.get("user.fields") === "confirmed_email",
    ),
    "GET /1.1/account/verify_credentials.json": (request) => {
      const header = headerOf(request);
      const token = tokens.get(header.get("oauth_token") ?? "");
      if (!token || !isSigned(request, header, token))
        return Response.json({ errors: [{ code: 89 }] }, { status: 401 });
      const { id, firstName, lastName, username, email, isVerified } = token.person;
      const address = { email: isVerified ? email : null };
      return Response.json({ id_str: id, name: `${firstName} ${lastName}`, screen_name: username, ...address });
    },
  }));
  return {
    ...server,
    people,
    provider: twitter({ ...ourClient, consumer, baseUrl: server.origin, apiUrl: server.origin }),
    async proofsOf(name, app) {
      const [accessToken, tokenSecret] = [randomUUID(), randomUUID()];
      const consumerKey = app === "our app" ? consumer.key : "another-consumer";
      tokens.set(accessToken, { person: personIn(people, name), consumerKey, tokenSecret });
      return { oauth1: { accessToken, tokenSecret } };
    },
  };
}

/** The parameters in the header. */
function headerOf(request: Request): Map<string, string> {
  const header = request.headers.get("authorization") ?? "";
  return new Map(
    [...header.matchAll(/(oauth_\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [
      name,
      decodeURIComponent(value),
    ]),
  );
}

/** By the key of the app that the token was issued to, and with its secret, which only that app has. */
function isSigned(request: Request, header: Map<string, string>, { consumerKey, tokenSecret }: OAuth1Token): boolean {
  if (header.get("oauth_consumer_key") !== consumerKey || consumerKey !== consumer.key) return false;
  const { origin, pathname, searchParams } = new URL(request.url);
  const signature = header.get("oauth_signature");
  const signed = [...searchParams, ...header].filter(([name]) => name !== "oauth_signature");
  const parameters = signed
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .toSorted()
    .join("&");
  const text = ["GET", `${origin}${pathname}`, parameters].map(encodeURIComponent).join("&");
  const key = `${encodeURIComponent(consumer.secret).replaceAll("'", "%27")}&${encodeURIComponent(tokenSecret)}`;
  return signature === createHmac("sha1", key).update(text).digest("base64");
}
