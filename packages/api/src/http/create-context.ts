import { randomUUID } from "node:crypto";
import type { KeywrightContext } from "../context.js";
import type { Deps } from "../deps.js";
import type { Visitor } from "../who.js";
import { assertWithinCaps } from "./caps.js";
import { createCarrier, readCredentials } from "./carrier.js";
import { type AddressSettings, clientAddress } from "./client-address.js";
import { assertCookieOrigin, assertPlainCall, isStreamed } from "./guard.js";
import type { Credentials } from "./opened-sessions.js";
import type { Origins } from "./origins.js";
import { type AdapterInput, type HttpRequest, readRequest, withoutHeaders } from "./request.js";

export interface HttpSettings extends AddressSettings {
  origins: Origins;
}

const longestUserAgent = 250;

/**
 * Makes tRPC's context from what any of its adapters passes, and refuses what the transport rules forbid before any
 * procedure runs. Makes no statement.
 */
export async function createHttpContext(
  deps: Deps,
  settings: HttpSettings,
  input: AdapterInput,
): Promise<KeywrightContext> {
  const request = readRequest(input);
  request.setHeader("cache-control", "no-store");
  request.setHeader("x-content-type-options", "nosniff");
  request.vary("cookie, authorization, origin");
  assertPlainCall(request);
  await assertWithinCaps(input);
  const credentials = await readCredentials(deps, request);
  if (credentials.cookie) assertCookieOrigin(request, settings.origins);
  const who = visitorOf(request, settings, credentials);
  const batchSize = input.info.calls.length;
  const isStream = isStreamed(request, input.info);
  const carried = isStream ? withoutHeaders(request) : request;
  const carrier = createCarrier(deps, carried, { credentials, who, origins: settings.origins, batchSize, isStream });
  return { auth: { deps, who, carrier } };
}

/** Who makes a request, as far as the request itself says. */
export function visitorOf(request: HttpRequest, settings: HttpSettings, credentials: Credentials): Visitor {
  const { isRefused, bearer, cookie } = credentials;
  const visitor: Visitor = {
    ip: clientAddress(request, settings),
    userAgent: userAgentOf(request),
    transport: request.header("keywright-transport") === "bearer" ? "bearer" : "cookie",
    presented: isRefused ? null : ((bearer && { id: bearer.id }) ?? cookie),
    requestId: requestIdFrom(request),
  };
  if (!isRefused && bearer && cookie) visitor.alsoPresented = cookie;
  return visitor;
}

function userAgentOf(request: HttpRequest): string | null {
  const text = request.header("user-agent")?.replaceAll(/\p{Cc}|\p{Cf}/gu, "");
  return text ? text.slice(0, longestUserAgent).toWellFormed() : null;
}

/** Keeps a proxy's request id if it is harmless, so that both logs can be correlated. */
function requestIdFrom(request: HttpRequest): string {
  const given = request.header("x-request-id") ?? "";
  return /^[A-Za-z0-9-]{1,64}$/.test(given) ? given : randomUUID();
}
