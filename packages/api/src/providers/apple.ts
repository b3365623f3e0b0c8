import { createPrivateKey, type KeyObject } from "node:crypto";
import { SignJWT } from "jose/jwt/sign";
import { z } from "zod";
import type { ProviderCall } from "./call-provider.js";
import { createOidcProvider, type OidcTraits } from "./oidc-provider.js";
import type { Provider, ProviderIdentity, ProviderOptions } from "./provider.js";

export interface AppleOptions extends Omit<ProviderOptions, "clientSecret"> {
  /** The Services ID. The bundle ids of apps, to which their ID tokens are issued, are `clientIds`. */
  clientId: string;
  teamId: string;
  /** Of the key below. */
  keyId: string;
  /** What is in the `.p8` file. */
  privateKey: string;
  /** For tests. Default `https://appleid.apple.com`. */
  issuer?: string | undefined;
}

const secretSeconds = 300;

/**
 * Apple (OpenID Connect). Its addresses are vouched for: it has verified them, or made them itself to forward mail
 * (`privaterelay.appleid.com`). An access token cannot be sent in, because nothing can be asked with one. Throws an
 * `Error` if the private key is not one.
 */
export function apple({ teamId, keyId, privateKey, issuer, ...options }: AppleOptions): Provider {
  const key = parseKey(privateKey);
  const traits: OidcTraits = {
    kind: "apple",
    id: "apple",
    name: "Apple",
    issuer: issuer ?? "https://appleid.apple.com",
    // Some of its tokens have it as text.
    vouches: ({ email_verified }) => email_verified === true || email_verified === "true",
    provesFreshSignIn: false,
    scopes: ["name", "email"],
    // Demanded if the name or the address is asked for.
    responseMode: "form_post",
    usesPkce: false,
    authentication: "post",
    // Demanded of apps in which people can delete their account.
    keepsRefreshToken: true,
    clientSecret: ({ now }) => signSecret({ key, keyId, teamId }, { now, clientId: options.clientId, traits }),
  };
  const provider = createOidcProvider(traits, options);
  return {
    ...provider,
    identifyByCode: async (call, grant) => withName(await provider.identifyByCode(call, grant), grant.user),
  };
}

/** Environment variables and some hosts' settings have no line breaks, but `\n`. */
function parseKey(privateKey: string): KeyObject {
  const key = readKey(privateKey.replaceAll("\\n", "\n"));
  if (key?.asymmetricKeyDetails?.namedCurve === "prime256v1") return key;
  throw new Error(
    "The option `privateKey` must be the text of the .p8 file from Apple, with its first and last lines.",
  );
}

function readKey(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}

interface SigningKey {
  key: KeyObject;
  keyId: string;
  teamId: string;
}

/** Instead of a secret that is sent, Apple takes a token that is signed with one. */
async function signSecret(
  { key, keyId, teamId }: SigningKey,
  { now, clientId, traits }: Pick<ProviderCall, "now"> & { clientId: string; traits: OidcTraits },
): Promise<string> {
  const seconds = Math.floor(now.getTime() / 1000);
  return await new SignJWT()
    .setProtectedHeader({ alg: "ES256", kid: keyId })
    .setIssuer(teamId)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + secretSeconds)
    .setAudience(traits.issuer)
    .setSubject(clientId)
    .sign(key);
}

const text = z.string().catch("");
const person = z.object({ name: z.object({ firstName: text, lastName: text }) });

/**
 * The name comes the first time only, beside the code. It is not signed, so that it is good for a name and nothing
 * else: not the address, and not whose account it is.
 */
function withName(identity: ProviderIdentity, user: string | null): ProviderIdentity {
  const known = person.safeParse(parseJson(user ?? ""));
  return known.success ? { ...identity, ...known.data.name } : identity;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
