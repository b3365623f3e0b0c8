import { serve } from "@hono/node-server";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { Hono } from "hono";
import { Pool } from "pg";
import { serveParent } from "../program.js";

// Its defaults, as in its documentation for PostgreSQL and Hono; only the rate limit is off, as ours is effectively,
// too.
const options = {
  database: new Pool({ connectionString: process.argv[2], max: 10 }),
  baseURL: "http://127.0.0.1:3000",
  secret: "a secret for the benchmark, long enough to be one",
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
};
await (await getMigrations(options)).runMigrations();
const auth = betterAuth(options);

const app = new Hono();
app.on(["POST", "GET"], "/api/auth/*", (c) => auth.handler(c.req.raw));
serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => serveParent(port));
