import type { KeywrightContext } from "../context.js";
import { KeywrightError } from "../contract/reasons.js";
import type { Deps } from "../deps.js";
import { toTrpcError } from "../trpc/error-shapes.js";
import { createCarrier, readCredentials } from "./carrier.js";
import { type HttpSettings, visitorOf } from "./create-context.js";
import { originOf } from "./guard.js";
import type { HttpRequest } from "./request.js";

/** The headers of the request that a page is rendered for, such as Next's `await headers()`. */
export interface PageHeaders {
  get(name: string): string | null;
}

/** What a server action passes: Next's `await headers()` and `await cookies()`. */
export interface ActionInput {
  headers: PageHeaders;
  cookies: ActionCookies;
  /** The socket's address, if the host knows it. */
  remoteAddress?: string | undefined;
}

export interface ActionCookies {
  set(name: string, value: string, attributes: ActionCookie): unknown;
}

export interface ActionCookie {
  path: string;
  domain?: string;
  /** Seconds. Without it, the cookie lasts until the browser closes. */
  maxAge?: number;
  httpOnly: boolean;
  secure: boolean;
  sameSite: "strict" | "lax" | "none";
}

interface ServerCall {
  request: HttpRequest;
  isReadOnly: boolean;
}

/**
 * A context for reads while a page is rendered. Browsers ask for pages from anywhere, also by another site's link, so
 * the origin says nothing here; therefore such a context changes nothing.
 */
export async function createPageContext(
  deps: Deps,
  settings: HttpSettings,
  { headers, remoteAddress }: Pick<ActionInput, "headers" | "remoteAddress">,
): Promise<KeywrightContext> {
  const request = requestOf("GET", headers, { remoteAddress, addCookie: () => {} });
  return await contextOf(deps, settings, { request, isReadOnly: true });
}

/** A context for a server action, which a page of ours must have posted. Throws `FORBIDDEN`. */
export async function createActionContext(
  deps: Deps,
  settings: HttpSettings,
  { headers, cookies, remoteAddress }: ActionInput,
): Promise<KeywrightContext> {
  const addCookie = (serialized: string) => setCookie(cookies, serialized);
  // Its answer goes into a page, so no tokens may be in it.
  const ofPage = { get: (name: string) => (name === "keywright-transport" ? null : headers.get(name)) };
  const request = requestOf("POST", ofPage, { remoteAddress, addCookie });
  // `Sec-Fetch-Site` alone will not do: browsers that do not send it send `Origin` with every POST.
  if (request.header("origin") === null || originOf(request, settings.origins) !== "own") {
    throw toTrpcError(new KeywrightError("FORBIDDEN"));
  }
  return await contextOf(deps, settings, { request, isReadOnly: false });
}

async function contextOf(
  deps: Deps,
  settings: HttpSettings,
  { request, isReadOnly }: ServerCall,
): Promise<KeywrightContext> {
  const credentials = await readCredentials(deps, request);
  const who = visitorOf(request, settings, credentials);
  const carrier = createCarrier(deps, request, {
    credentials,
    who,
    origins: settings.origins,
    batchSize: 1,
    isStream: false,
  });
  return { auth: { deps, who, carrier: { ...carrier, isReadOnly } } };
}

function requestOf(
  method: string,
  headers: PageHeaders,
  { remoteAddress, addCookie }: { remoteAddress: string | undefined; addCookie(serialized: string): void },
): HttpRequest {
  return {
    method,
    header: (name) => headers.get(name),
    remoteAddress: remoteAddress ?? null,
    // The host writes the headers of pages by itself.
    setHeader: () => {},
    vary: () => {},
    addCookie,
  };
}

/** From a `Set-Cookie` value of ours, whose parts need no decoding. */
function setCookie(cookies: ActionCookies, serialized: string): void {
  const [pair = "", ...rest] = serialized.split("; ");
  const attributes = new Map(rest.map((part) => nameAndValue(part)));
  const [name, value] = nameAndValue(pair);
  const [domain, maxAge] = [attributes.get("Domain"), attributes.get("Max-Age")];
  const sameSite = (["strict", "none"] as const).find((site) => site === attributes.get("SameSite")?.toLowerCase());
  cookies.set(name, value, {
    path: attributes.get("Path") ?? "/",
    ...(domain === undefined ? {} : { domain }),
    ...(maxAge === undefined ? {} : { maxAge: Number(maxAge) }),
    httpOnly: attributes.has("HttpOnly"),
    secure: attributes.has("Secure"),
    sameSite: sameSite ?? "lax",
  });
}

function nameAndValue(part: string): [name: string, value: string] {
  const [name = "", ...value] = part.split("=");
  return [name, value.join("=")];
}
