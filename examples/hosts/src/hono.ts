import { type HttpBindings, serve } from "@hono/node-server";
import { createFetchHandler } from "@keywright/api";
import { Hono } from "hono";
import { appRouter, port, startKeywright } from "./app.js";

const keywright = await startKeywright();
const handle = createFetchHandler({
  router: appRouter,
  endpoint: "/trpc",
  createContext: keywright.createContext,
});

const app = new Hono<{ Bindings: HttpBindings }>();
app.all("/trpc/*", (c) => handle(c.req.raw, c.env.incoming.socket.remoteAddress));
app.all("/oauth/:provider/callback", (c) => keywright.oauthCallback(c.req.raw, c.env.incoming.socket.remoteAddress));

const server = serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, () =>
  console.log(`ready at http://localhost:${port}`),
);
process.once("SIGTERM", () => server.close(() => void keywright.close()));
