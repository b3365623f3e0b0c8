import type { ServerResponse } from "node:http";
import type { Hono } from "hono";
import { cors } from "hono/cors";
import type { App } from "./in-process.js";

/** What clients of ours send, and what the usual tools for tracing and error reports add to each request of a page. */
const usualHeaders = [
  ...["content-type", "authorization", "keywright-transport", "keywright-proof", "keywright-session"],
  ...["trpc-accept", "accept-language"],
  ...["traceparent", "tracestate", "baggage", "sentry-trace", "b3", "uber-trace-id", "newrelic"],
  ...["x-request-id", "x-correlation-id", "x-trace-id", "request-id", "request-context", "x-requested-with"],
  ...["x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-sampled", "x-b3-flags"],
  ...["x-datadog-trace-id", "x-datadog-parent-id", "x-datadog-origin", "x-datadog-sampling-priority"],
  ...["x-datadog-tags", "x-cloud-trace-context", "x-amzn-trace-id", "elastic-apm-traceparent"],
];

interface CrossOrigin {
  /** A refused origin is logged. */
  allows(origin: string): boolean;
  /** Request headers besides the usual ones. */
  headers: readonly string[];
}

/** Pages of other origins learn nothing, not even that credentials would be allowed. */
export function allowOrigins(app: Hono<App>, { allows, headers }: CrossOrigin): void {
  const allow = cors({
    origin: (origin) => origin,
    credentials: true,
    allowMethods: ["GET", "POST"],
    allowHeaders: [...new Set([...usualHeaders, ...headers])],
    maxAge: 600,
  });
  app.use("/trpc/*", (c, next) => {
    const origin = c.req.header("origin");
    return origin !== undefined && allows(origin) ? allow(c, next) : next();
  });
  app.options("/trpc/*", (c) => c.body(null, 204, { vary: "Origin" }));
}

/** The same for an answer on Node's own messages. */
export function allowOrigin(response: ServerResponse, origin: string): void {
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-allow-credentials", "true");
  response.setHeader("vary", "Origin");
}
