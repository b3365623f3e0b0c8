import type { IncomingMessage } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { createNodeHandler } from "@keywright/api";
import { type AppOptions, createApp, createRouter } from "./app.js";
import { allowOrigin } from "./cors.js";
import type { Handler } from "./listener.js";
import { logCall } from "./request-log.js";

/** Answers procedures on Node's own messages, which costs less than through Hono, and everything else with Hono. */
export function createRequestListener(options: AppOptions): Handler {
  const { keywright, requestLog, config } = options;
  const router = createRouter();
  const procedures = new Set(Object.keys(router._def.procedures));
  const rest = getRequestListener(createApp(options, router).fetch);
  const answerCall = createNodeHandler({ router, endpoint: "/trpc", createContext: keywright.createContext });
  return (request, response) => {
    if (!isCall(request)) return rest(request, response);
    const { origin } = request.headers;
    if (origin !== undefined && keywright.allowsOrigin(origin)) allowOrigin(response, origin);
    const answer = answerCall(request, response);
    return requestLog ? logCall(answer, { request, response, procedures, log: requestLog, addresses: config }) : answer;
  };
}

/** Hono judges other methods, and addresses and hosts that have to be normalized first. */
function isCall({ method, url = "", headers: { host = "" } }: IncomingMessage): boolean {
  if (method !== "GET" && method !== "POST") return false;
  return /^\/trpc\/\w[\w.,-]*(?:\?|$)/.test(url) && /^(?:[\w.-]+|\[[\da-f:.]+\])(?::[1-5]?\d{1,4})?$/i.test(host);
}
