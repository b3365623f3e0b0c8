import { randomBytes } from "node:crypto";
import { type HttpBindings, serve } from "@hono/node-server";
import {
  createFetchHandler,
  createKeywright,
  errorFormatter,
  type KeywrightContext,
  mountAuth,
  transformer,
  userProcedure,
} from "@keywright/api";
import { initTRPC } from "@trpc/server";
import { Hono } from "hono";
import { serveParent } from "../program.js";

// An app with Keywright in its own server, and one procedure of its own, which answers what `user.me` does.
const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
const router = t.router({
  ...mountAuth(t),
  desk: t.router({ owner: t.procedure.concat(userProcedure).query(({ ctx }) => ctx.user) }),
});

const keywright = await createKeywright({
  secret: randomBytes(32).toString("base64"),
  publicUrl: "http://127.0.0.1:3000",
  database: process.argv[2] ?? "",
  mailer: { send: async () => {}, close: async () => {} },
});
const handle = createFetchHandler({ router, endpoint: "/trpc", createContext: keywright.createContext });

const app = new Hono<{ Bindings: HttpBindings }>();
app.all("/trpc/*", (c) => handle(c.req.raw, c.env.incoming.socket.remoteAddress));
serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => serveParent(port));
