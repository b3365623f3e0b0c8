import { serve } from "@hono/node-server";
import { initTRPC } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { Hono } from "hono";
import { z } from "zod";
import { serveParent } from "../program.js";

// The same HTTP stack without anything of ours: no credentials, no guard, no transformer, no output schema, no SQL.
const t = initTRPC.create({ isDev: false });
const router = t.router({ ping: t.procedure.input(z.object({}).optional()).query(() => ({ isThere: true })) });

const app = new Hono();
app.all("/trpc/*", (c) => fetchRequestHandler({ endpoint: "/trpc", router, req: c.req.raw }));
serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => serveParent(port));
