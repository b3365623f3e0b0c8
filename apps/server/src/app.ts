import {
  createFetchHandler,
  errorFormatter,
  type Keywright,
  type KeywrightContext,
  mountAuth,
  transformer,
} from "@keywright/api";
import { initTRPC } from "@trpc/server";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { html } from "hono/html";
import type { DevelopmentSignIn } from "./development-sign-in.js";
import { type App, createInProcessCall, type TrpcHandler } from "./in-process.js";
import { landingRoutes } from "./landing-routes.js";
import { type Mailbox, mailboxRoutes } from "./mailbox.js";
import { openApiRoutes } from "./openapi.js";
import { page, pageHeaders } from "./page.js";
import { type Site, siteOf } from "./site.js";
import { trialRoutes, tryPath } from "./try-sign-in.js";

export interface AppOptions {
  keywright: Keywright;
  publicUrl: string;
  /** Null if mails are really sent. */
  mailbox: Mailbox | null;
  /** Null if there is a real provider, or if anybody else could reach it. */
  developmentSignIn: DevelopmentSignIn | null;
  isDraining(): boolean;
}

const readyWithinMs = 3_000;

/** Everything that is served: the procedures, the pages of mailed links, and the endpoints for operators. */
export function createApp({ keywright, publicUrl, mailbox, developmentSignIn, isDraining }: AppOptions): Hono<App> {
  const app = new Hono<App>();
  const router = createRouter();
  const site = siteOf(keywright.deps.settings);
  const trpc: TrpcHandler = createFetchHandler({ router, endpoint: "/trpc", createContext: keywright.createContext });
  const readiness = async () => (isDraining() ? "not ready" : soon(keywright.readiness()));

  allowOrigins(app, keywright.origins);
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
  app.route("/", openApiRoutes(router, publicUrl));
  app.get("/", (c) =>
    c.html(frontPage(site, { hasMailbox: mailbox !== null, hasTrial: developmentSignIn !== null }), 200, pageHeaders),
  );
  app.route("/", landingRoutes(site, createInProcessCall(trpc, publicUrl)));
  if (mailbox) app.route("/", mailboxRoutes(mailbox, site));
  if (developmentSignIn) {
    app.route("/", developmentSignIn.routes(site));
    app.route("/", trialRoutes({ site, trpc, publicUrl, provider: developmentSignIn.provider }));
  }

  app.notFound((c) => c.json({ error: "NOT_FOUND", message: "There is nothing at this address." }, 404));
  app.onError((error, c) => {
    const requestId = crypto.randomUUID();
    keywright.deps.log({ level: "error", message: `A page failed: ${error.name}.`, requestId, path: c.req.path });
    return c.json({ error: "INTERNAL", message: "Something went wrong on our side.", requestId }, 500, pageHeaders);
  });
  return app;
}

/** The router as any app would build it, with nothing added. */
function createRouter() {
  const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
  return t.router({ ...mountAuth(t) });
}

/** Pages of other origins learn nothing, not even that credentials would be allowed. */
function allowOrigins(app: Hono<App>, origins: ReadonlySet<string>): void {
  const allow = cors({
    origin: [...origins],
    credentials: true,
    allowMethods: ["GET", "POST"],
    allowHeaders: ["content-type", "authorization", "keywright-transport"],
    maxAge: 600,
  });
  app.use("/trpc/*", (c, next) => (origins.has(c.req.header("origin") ?? "") ? allow(c, next) : next()));
  app.options("/trpc/*", (c) => c.body(null, 204, { vary: "Origin" }));
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
${hasMailbox && html`<p>${development} <a href="/dev/mailbox">${mailbox}</a>.</p>`}
${hasTrial && html`<p><a href="${tryPath}">${trial}</a></p>`}`;
  return page({ site, title: site.appName, body });
}
