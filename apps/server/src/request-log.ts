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
    await next();
    const { socket } = c.env.incoming;
    const header = (name: string) => c.req.header(name) ?? null;
    log.request({
      method: c.req.method,
      path: pathOf(c, procedures),
      status: c.res.status,
      ms: Math.round(performance.now() - startedAt),
      requestId: header("x-request-id") ?? "",
      ip: clientAddress({ header, remoteAddress: socket.remoteAddress ?? null }, addresses),
    });
  };
}

function pathOf(c: Context<App>, procedures: ReadonlySet<string>): string {
  const [, called] = /^\/trpc\/(.+)$/.exec(c.req.path) ?? [];
  if (called !== undefined) {
    const names = called.split(",");
    return names.every((name) => procedures.has(name)) ? names.join(",") : "(unknown)";
  }
  return routeOf(c);
}

/** The pattern that an address matched. */
export function routeOf(c: Context<App>): string {
  const patterns = matchedRoutes(c).map(({ path }) => path);
  return patterns.findLast((pattern) => !pattern.includes("*")) ?? "(unknown)";
}
