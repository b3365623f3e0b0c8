import { isKeywrightError } from "../contract/reasons.js";
import type { Deps } from "../deps.js";
import { countIp } from "../limits/limits.js";
import { summarize } from "../log.js";
import { finishRoundTrip } from "../services/social/callback.js";
import { refusalOf } from "../trpc/refusals.js";
import { readCapped } from "./caps.js";
import { createCarrier, readCredentials } from "./carrier.js";
import { type HttpSettings, visitorOf } from "./create-context.js";
import { fetchRequest } from "./request.js";

const closedHeaders = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  // The address has a code in it.
  "referrer-policy": "no-referrer",
};

/**
 * Serves `/oauth/:provider/callback`, below any path, to which a provider sends the browser: by GET, or, where the provider is
 * configured so, as a form's POST. Always answers with a redirect to the app, except 404 for other paths, 405 for other
 * methods, and 429.
 */
export async function answerCallback(
  deps: Deps,
  settings: HttpSettings,
  { request, remoteAddress }: { request: Request; remoteAddress: string | undefined },
): Promise<Response> {
  const url = new URL(request.url);
  const id = /\/oauth\/([a-z0-9-]{1,50})\/callback\/?$/.exec(url.pathname)?.[1];
  if (id === undefined) return new Response(null, { status: 404, headers: closedHeaders });
  const isForm = deps.providers.list.some((provider) => provider.id === id && provider.responseMode === "form_post");
  try {
    const parameters = await readParameters(request, url, isForm);
    if (parameters === null) return new Response(null, { status: 405, headers: closedHeaders });
    return await finish(deps, settings, { request, remoteAddress, provider: id, parameters });
  } catch (error) {
    deps.log({ level: "error", message: "A callback of a provider failed.", error: summarize(error) });
    const location = new URL(deps.appUrl);
    location.searchParams.set("error", refusalOf(error).reason);
    return new Response(null, { status: 303, headers: { ...closedHeaders, location: location.href } });
  }
}

interface Arrival {
  request: Request;
  remoteAddress: string | undefined;
  provider: string;
  parameters: URLSearchParams;
}

async function finish(
  deps: Deps,
  settings: HttpSettings,
  { request, remoteAddress, provider, parameters }: Arrival,
): Promise<Response> {
  const headers = new Headers(closedHeaders);
  const adapted = fetchRequest({ req: request, resHeaders: headers, remoteAddress });
  const credentials = await readCredentials(deps, adapted);
  const who = { ...visitorOf(adapted, settings, credentials), transport: "cookie" as const };
  const carrier = createCarrier(deps, adapted, {
    credentials,
    who,
    origins: settings.origins,
    batchSize: 1,
    isStream: false,
  });
  const isOver = await tooOften(deps, who.ip);
  if (isOver !== null) return new Response(null, { status: 429, headers: { ...closedHeaders, "retry-after": isOver } });
  const { location, started, cookie, ended } = await finishRoundTrip(deps, who, {
    provider,
    parameters,
    cookieOf: carrier.flowCookie,
    devices: carrier.deviceMarks().map(({ account }) => account),
  });
  if (started) carrier.deliver(started);
  if (cookie) carrier.bindFlow(cookie);
  if (ended !== null) carrier.endFlow(ended);
  headers.set("location", location.href);
  // 303: the browser goes there with GET, without what was posted here (RFC 9700, 4.12).
  return new Response(null, { status: 303, headers });
}

/** Null for a method that this provider does not use; HEAD must not use up a code. */
async function readParameters(request: Request, url: URL, isForm: boolean): Promise<URLSearchParams | null> {
  if (!isForm) return request.method === "GET" ? url.searchParams : null;
  const type = request.headers.get("content-type") ?? "";
  if (request.method !== "POST" || !/^application\/x-www-form-urlencoded\b/i.test(type)) return null;
  const body = await readCapped(request.body);
  return new URLSearchParams(body === null ? "" : body.toString("utf8"));
}

/** The seconds to wait, if this address makes too many calls. */
async function tooOften(deps: Deps, ip: string | null): Promise<string | null> {
  try {
    await countIp(deps, "signInsPerIp", ip);
    return null;
  } catch (error) {
    if (isKeywrightError(error)) return String(error.retryAfter ?? 1);
    throw error;
  }
}
