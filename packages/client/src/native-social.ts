import type {
  Call,
  ErrorData,
  Reason,
  ReauthenticateInput,
  RegistrationIncomplete,
  SocialAccount,
  SocialLoginInput,
  SocialProofInput,
  SocialSignIn,
  SocialStartInput,
  VerificationSent,
} from "./index.js";
import { readSocialReturn } from "./social-return.js";

/** The part of a client that is used here. */
export interface NativeSocialClient {
  readonly auth: {
    readonly reauthenticate: { mutate(input: ReauthenticateInput): Promise<Answers["reauthenticate"]> };
  };
  readonly social: {
    readonly start: { mutate(input: SocialStartInput): Promise<{ authorizationUrl: string }> };
    readonly login: { mutate(input: SocialLoginInput): Promise<Answers["login"]> };
    readonly connect: { mutate(input: SocialProofInput): Promise<Answers["connect"]> };
  };
}

/** By purpose. */
interface Answers {
  login: SocialSignIn | RegistrationIncomplete | VerificationSent;
  connect: SocialAccount;
  reauthenticate: { authenticatedAt: Date };
}

type Purpose = keyof Answers;

export interface NativeSocialOptions<P extends Purpose = "login"> extends Omit<SocialStartInput, "codeChallenge"> {
  purpose?: P | undefined;
  /** An address of the app, such as `com.example.app://auth`, that the server allows (`social.returnTo`). */
  returnTo: string;
  /** `WebBrowser.openAuthSessionAsync` of `expo-web-browser`. */
  openAuthSession(url: string, returnTo: string): Promise<{ type: string; url?: string | undefined }>;
  /** The module `expo-crypto`: React Native itself has no random numbers that are good enough. */
  crypto: SocialCrypto;
}

/** The part of the module `expo-crypto` that is used. */
export interface SocialCrypto {
  getRandomBytesAsync(count: number): Promise<Uint8Array>;
  digestStringAsync(algorithm: string, text: string, options?: { encoding: string }): Promise<string>;
}

/**
 * Signs in with a provider, in the phone's browser (RFC 8252), and answers as `social.login` does; with another
 * `purpose`, connects the provider or proves who the user is. The app's own address gets a code that only this call can
 * redeem (RFC 7636). Null if the user closed the browser. Rejects as the calls do, also for what went wrong at the
 * provider.
 */
export function startSocial<P extends Purpose = "login">(
  client: NativeSocialClient,
  options: NativeSocialOptions<P>,
): Call<Answers[P] | null, ErrorData<Reason>>;
export async function startSocial(
  client: NativeSocialClient,
  { openAuthSession, crypto, ...input }: NativeSocialOptions<Purpose>,
): Promise<unknown> {
  const codeVerifier = await createVerifier(crypto);
  const codeChallenge = await challengeOf(codeVerifier, crypto);
  const { authorizationUrl } = await client.social.start.mutate({ ...input, codeChallenge });
  const { url } = await openAuthSession(authorizationUrl, input.returnTo);
  if (url === undefined) return null;
  const back = readSocialReturn(url);
  if (back?.status === "failed") throw back.failure;
  if (back?.status !== "handed_off") throw new Error("The browser came back without a code.");
  return await redeem(client, input, { handoff: back.handoff, codeVerifier });
}

function redeem(
  { auth, social }: NativeSocialClient,
  { provider, purpose }: Pick<SocialStartInput, "provider" | "purpose">,
  proof: { handoff: string; codeVerifier: string },
): Promise<unknown> {
  if (purpose === "reauthenticate") return auth.reauthenticate.mutate(proof);
  if (purpose === "connect") return social.connect.mutate({ provider, ...proof });
  return social.login.mutate({ provider, ...proof });
}

/** 256 bits, as 64 hexadecimal digits. */
async function createVerifier(crypto: SocialCrypto): Promise<string> {
  const bytes = await crypto.getRandomBytesAsync(32);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** RFC 7636, 4.2; base64 as in RFC 4648, 5, without padding. */
async function challengeOf(codeVerifier: string, crypto: SocialCrypto): Promise<string> {
  const digest = await crypto.digestStringAsync("SHA-256", codeVerifier, { encoding: "base64" });
  return digest.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
