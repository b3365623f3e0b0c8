import type { HttpBindings } from "@hono/node-server";
import { serve } from "@hono/node-server";
import {
  createFetchHandler,
  createKeywright,
  errorFormatter,
  type KeywrightContext,
  mountAuth,
  transformer,
} from "@keywright/api";
import { initTRPC } from "@trpc/server";
import { Hono } from "hono";
import { serveParent } from "../program.js";

// Composed as `apps/server` does it. That one keeps its limits, and 120 sign-ins a minute are soon used up.
const most = 1_000_000;
const keywright = await createKeywright({
  secret: "a secret for the benchmark, long enough to be one",
  publicUrl: "http://127.0.0.1:3000",
  database: process.argv[2] ?? "",
  mailer: { send: async () => {}, close: async () => {} },
  tokens: { accessMinutes: 60 },
  limits: { passwordTriesPerAccount: most, signInsPerIpAMinute: most },
});
const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
const router = t.router({ ...mountAuth(t) });
const handle = createFetchHandler({ router, endpoint: "/trpc", createContext: keywright.createContext });

const app = new Hono<{ Bindings: HttpBindings }>();
app.all("/trpc/*", (c) => handle(c.req.raw, c.env.incoming.socket.remoteAddress));
serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => serveParent(port));
