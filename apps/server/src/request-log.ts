import type { IncomingMessage, ServerResponse } from "node:http";
import { type AddressSettings, clientAddress } from "@keywright/api/operator";
import type { AnyTRPCRouter } from "@trpc/server";
import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { App } from "./in-process.js";
import type { ServerLog } from "./log.js";

/** One line for each request. What callers have written is not repeated: neither inputs nor unknown addresses. */
export function logRequests(router: AnyTRPCRouter, log: ServerLog, addresses: AddressSettings): MiddlewareHandler<App> {
  const procedures = new Set(Object.keys(router._def.procedures));
  return async (c, next) => {
    const startedAt = performance.now();
    // Read now: who hangs up, or is hung up on, may take the socket along.
    const remoteAddress = c.env.incoming.socket.remoteAddress ?? null;
    await next();
    const header = (name: string) => c.req.header(name) ?? null;
    log.request({
      method: c.req.method,
      path: pathOf(c, procedures),
      status: c.res.status,
      ms: Math.round(performance.now() - startedAt),
      requestId: header("x-request-id") ?? "",
      ip: clientAddress({ header, remoteAddress }, addresses),
    });
  };
}

interface LoggedCall {
  request: IncomingMessage;
  response: ServerResponse;
  /** Whose names may be written down. */
  procedures: ReadonlySet<string>;
  log: ServerLog;
  addresses: AddressSettings;
}

/** The same for a call on Node's own messages, once it is answered. */
export async function logCall(answer: Promise<void>, call: LoggedCall): Promise<void> {
  const { request, response, procedures, log, addresses } = call;
  const startedAt = performance.now();
  const { method = "", url = "", headers } = request;
  const [path = ""] = url.split("?", 1);
  const header = (name: string) => [headers[name.toLowerCase()] ?? []].flat().join(", ") || null;
  // As above.
  const ip = clientAddress({ header, remoteAddress: request.socket.remoteAddress ?? null }, addresses);
  await answer;
  log.request({
    method,
    path: calledBy(path, procedures) ?? "(unknown)",
    status: response.statusCode,
    ms: Math.round(performance.now() - startedAt),
    requestId: header("x-request-id") ?? "",
    ip,
  });
}

function pathOf(c: Context<App>, procedures: ReadonlySet<string>): string {
  return calledBy(c.req.path, procedures) ?? routeOf(c);
}

/** The procedures that an address names; null if it is that of a page. */
function calledBy(path: string, procedures: ReadonlySet<string>): string | null {
  const [, called] = /^\/trpc\/(.+)$/.exec(path) ?? [];
  if (called === undefined) return null;
  const names = called.split(",");
  return names.every((name) => procedures.has(name)) ? names.join(",") : "(unknown)";
}

/** The pattern that an address matched. */
export function routeOf(c: Context<App>): string {
  const patterns = matchedRoutes(c).map(({ path }) => path);
  return patterns.findLast((pattern) => !pattern.includes("*")) ?? "(unknown)";
}
