import { isKeywrightError, KeywrightError } from "../contract/reasons.js";
import { summarize } from "../log.js";
import { knownErrorCode } from "./error-codes.js";

/** One exchange with a provider, which may take several requests: all of them share one deadline. */
export interface ProviderCall {
  now: Date;
  /** Follows no redirect, reads no more than `maxBytes`, and ends with the exchange's deadline. */
  fetch(url: string, init?: RequestInit): Promise<Response>;
}

/** For the whole exchange: the person is waiting. */
const exchangeMs = 5_000;
/** For one answer. */
const maxBytes = 1_048_576;
/** Calls to one provider at once: beyond it, the next one is refused rather than kept waiting. */
const maxPending = 100;

/** An error of the exchange itself. Its text is logged: it quotes nothing that the provider sent. */
interface ProviderFault extends Error {
  name: "ProviderFault";
  reason: "PROVIDER_REFUSED" | "PROVIDER_UNAVAILABLE";
}

const pending = new WeakMap<object, number>();

/**
 * Runs an exchange with a provider. No database connection is held meanwhile. What goes wrong is passed to `explain` for
 * the log, and thrown as `PROVIDER_UNAVAILABLE`, or as `refusal` if the provider said no.
 */
export async function callProvider<T>(
  provider: object,
  { now, refusal, explain }: CallOptions,
  work: (call: ProviderCall) => Promise<T>,
): Promise<T> {
  const count = pending.get(provider) ?? 0;
  if (count >= maxPending) throw new KeywrightError("PROVIDER_UNAVAILABLE", { retryAfter: 5 });
  pending.set(provider, count + 1);
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), exchangeMs);
  try {
    return await Promise.race([work({ now, fetch: boundedFetch(ending.signal) }), expiry(ending.signal)]);
  } catch (error) {
    if (isKeywrightError(error)) throw error;
    explain(messageOf(error));
    throw new KeywrightError(isRefusal(error) ? refusal : "PROVIDER_UNAVAILABLE");
  } finally {
    clearTimeout(timer);
    ending.abort();
    pending.set(provider, (pending.get(provider) ?? 1) - 1);
  }
}

export type ProviderRefusal = "PROVIDER_REFUSED" | "PROVIDER_TOKEN_INVALID" | "PROVIDER_UNAVAILABLE";

interface CallOptions {
  now: Date;
  refusal: ProviderRefusal;
  explain(message: string): void;
}

function expiry(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(unavailable("it did not answer in time")), { once: true });
  });
}

function isFault(error: unknown): error is ProviderFault {
  return error instanceof Error && error.name === "ProviderFault";
}

/** Of other errors, only what they are: a parser's message quotes what it read. */
function messageOf(error: unknown): string {
  if (isFault(error)) return error.message;
  if (!(error instanceof Error)) return "an unknown error";
  const { name, code = "" } = summarize(error);
  return `${name} ${code}`.trim();
}

/** The provider does not work as it should. */
export function unavailable(message: string): Error {
  return faultOf("PROVIDER_UNAVAILABLE", message);
}

/** The provider says no, or what it says is not meant for us. */
export function refused(message: string): Error {
  return faultOf("PROVIDER_REFUSED", message);
}

/** Whether the provider said no, rather than failed. */
export function isRefusal(error: unknown): boolean {
  return isFault(error) && error.reason === "PROVIDER_REFUSED";
}

function faultOf(reason: ProviderFault["reason"], message: string): ProviderFault {
  return Object.assign(new Error(message), { name: "ProviderFault" as const, reason });
}

/** Only https, except on this machine. */
export function assertProviderUrl(text: string): URL {
  const url = URL.parse(text);
  const isFine = url && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url)));
  if (!isFine || url.username !== "" || url.password !== "") throw unavailable("one of its addresses is not https");
  return url;
}

export function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** Follows no redirect and reads no more than a megabyte. */
export function boundedFetch(signal: AbortSignal | undefined): ProviderCall["fetch"] {
  return async (url, init = {}) => {
    const response = await globalThis.fetch(assertProviderUrl(url), {
      ...init,
      redirect: "manual",
      ...(signal && { signal }),
    });
    // A redirect could lead anywhere, such as to a cloud's metadata service.
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      throw unavailable(`it redirected our request (${response.status})`);
    }
    const body = await readBounded(response);
    const { status, headers } = response;
    return new Response(status === 204 || status === 205 ? null : body, { status, headers: plainHeaders(headers) });
  };
}

/** The body is decoded already. */
function plainHeaders(headers: Headers): Headers {
  const plain = new Headers(headers);
  plain.delete("content-encoding");
  plain.delete("content-length");
  return plain;
}

async function readBounded(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw unavailable("its answer is too long");
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/**
 * Asks an endpoint for JSON. Throws a fault: a refusal for 4xx, since then the provider has understood and says no,
 * except that it is merely unavailable when it asks us to slow down.
 */
export async function fetchJson(call: ProviderCall, url: string, init: RequestInit = {}): Promise<unknown> {
  const headers = { accept: "application/json", ...init.headers };
  return await readJson(await call.fetch(url, { ...init, headers }));
}

export async function readJson(response: Response): Promise<unknown> {
  const { status } = response;
  if (status === 429 || status >= 500) throw unavailable(`it answered with ${status}`);
  const text = await response.text();
  if (status >= 400) throw refused(`it answered with ${status}${errorCodeOf(text)}`);
  try {
    return JSON.parse(text);
  } catch {
    throw unavailable("its answer is not JSON");
  }
}

/** RFC 6749, 5.2. */
function errorCodeOf(text: string): string {
  const code = knownErrorCode(/"error"\s*:\s*"([a-z_]{1,40})"/.exec(text)?.[1]);
  return code === null ? "" : ` (${code})`;
}

/** The headers of a request with a provider's access token. */
export function bearer(accessToken: string): { authorization: string } {
  return { authorization: `Bearer ${accessToken}` };
}
