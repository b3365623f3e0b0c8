import {
  createFetchHandler,
  errorFormatter,
  type Keywright,
  type KeywrightContext,
  mountAuth,
  summarize,
  transformer,
} from "@keywright/api";
import type { Config } from "@keywright/api/operator";
import { initTRPC } from "@trpc/server";
import { Hono } from "hono";
import { html } from "hono/html";
import { allowOrigins } from "./cors.js";
import type { DevelopmentSignIn } from "./development-sign-in.js";
import { type App, createInProcessCall, type TrpcHandler } from "./in-process.js";
import { landingRoutes } from "./landing-routes.js";
import type { ServerLog } from "./log.js";
import { type Mailbox, mailboxRoutes } from "./mailbox.js";
import { openApiRoutes } from "./openapi.js";
import { page, pageHeaders } from "./page.js";
import { logRequests, routeOf } from "./request-log.js";
import { type Site, siteOf } from "./site.js";
import { trialRoutes, tryPath } from "./try-sign-in.js";

export interface AppOptions {
  keywright: Keywright;
  config: Pick<Config, "corsHeaders" | "clientAddressHeader" | "trustedProxyHops">;
  /** Null if requests are not logged. */
  requestLog: ServerLog | null;
  /** Without a slash at its end. */
  publicUrl: string;
  /** Null if mails are really sent. */
  mailbox: Mailbox | null;
  /** Null if there is a real provider, or if anybody else could reach it. */
  developmentSignIn: DevelopmentSignIn | null;
  isDraining(): boolean;
}

const readyWithinMs = 3_000;

const pageFailed = { level: "error", message: "A page failed." } as const;

/** Everything that is served: the procedures, the pages of mailed links, and the endpoints for operators. */
export function createApp(parts: AppOptions, router = createRouter()): Hono<App> {
  const { keywright, mailbox, developmentSignIn, ...options } = parts;
  const { config, publicUrl } = options;
  const app = new Hono<App>();
  const site = siteOf(keywright.deps.settings, publicUrl);
  const trpc: TrpcHandler = createFetchHandler({ router, endpoint: "/trpc", createContext: keywright.createContext });
  const readiness = async () => (options.isDraining() ? "not ready" : soon(keywright.readiness()));

  if (options.requestLog) app.use("*", logRequests(router, options.requestLog, config));
  allowOrigins(app, { allows: keywright.allowsOrigin, headers: config.corsHeaders });
  app.all("/trpc/*", (c) => trpc(c.req.raw, c.env.incoming.socket.remoteAddress));
  app.on(["GET", "POST"], "/oauth/:provider/callback", (c) =>
    keywright.oauthCallback(c.req.raw, c.env.incoming.socket.remoteAddress),
  );
  app.get("/healthz", (c) => c.json({ status: "alive" }, 200, { "cache-control": "no-store" }));
  app.get("/readyz", async (c) => {
    const status = await readiness();
    return c.json({ status }, status === "ready" ? 200 : 503, { "cache-control": "no-store" });
  });
  app.get("/.well-known/jwks.json", (c) => c.json(keywright.jwks(), 200, { "cache-control": "public, max-age=300" }));
  app.route("/", openApiRoutes(router, { serverUrl: publicUrl, cookieName: keywright.deps.cookies.session.name }));
  app.get("/", (c) =>
    c.html(frontPage(site, { hasMailbox: mailbox !== null, hasTrial: developmentSignIn !== null }), 200, pageHeaders),
  );
  const call = createInProcessCall(trpc, { publicUrl, addressHeader: config.clientAddressHeader });
  app.route("/", landingRoutes(site, call));
  if (mailbox) app.route("/", mailboxRoutes(mailbox, site));
  if (developmentSignIn) {
    app.route("/", developmentSignIn.routes(site));
    app.route("/", trialRoutes({ site, trpc, publicUrl, provider: developmentSignIn.provider }));
  }

  app.notFound((c) => c.json({ error: "NOT_FOUND", message: "There is nothing at this address." }, 404));
  app.onError((error, c) => {
    const requestId = crypto.randomUUID();
    keywright.deps.log({ ...pageFailed, requestId, path: routeOf(c), error: summarize(error) });
    return c.json({ error: "INTERNAL", message: "Something went wrong on our side.", requestId }, 500, pageHeaders);
  });
  return app;
}

/** The router as any app would build it, with nothing added. */
export function createRouter() {
  const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
  return t.router({ ...mountAuth(t) });
}

/** Not ready if the database does not answer soon: a probe does not wait as long as a caller. */
async function soon(answer: ReturnType<Keywright["readiness"]>): Promise<"ready" | "read-only" | "not ready"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"unavailable">((resolve) => {
    timer = setTimeout(resolve, readyWithinMs, "unavailable");
  });
  const readiness = await Promise.race([answer, late]).finally(() => clearTimeout(timer));
  return readiness === "ready" || readiness === "read-only" ? readiness : "not ready";
}

function frontPage(site: Site, { hasMailbox, hasTrial }: { hasMailbox: boolean; hasTrial: boolean }) {
  const { about, development, mailbox, trial } = site.words.front;
  const body = html`<p>${about}</p>
${hasMailbox && html`<p>${development} <a href="${site.base}/dev/mailbox">${mailbox}</a>.</p>`}
${hasTrial && html`<p><a href="${site.base}${tryPath}">${trial}</a></p>`}`;
  return page({ site, title: site.appName, body });
}
