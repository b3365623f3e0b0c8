import { serve } from "@hono/node-server";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { Hono } from "hono";
import { Pool } from "pg";
import { betterAuthOptions } from "../better-auth-options.js";
import { serveParent } from "../program.js";

const { secret, hasJoins, cookieCacheSeconds } = betterAuthOptions.parse(JSON.parse(process.argv[3] ?? ""));

// As in its documentation for PostgreSQL and Hono; the rate limit is off, as ours is effectively, too. All else are its
// defaults, unless it was started to show what one of these two brings.
const options = {
  database: new Pool({ connectionString: process.argv[2], max: 10 }),
  baseURL: "http://127.0.0.1:3000",
  secret,
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  ...(hasJoins && { advanced: { database: { joins: true } } }),
  ...(cookieCacheSeconds !== null && { session: { cookieCache: { enabled: true, maxAge: cookieCacheSeconds } } }),
};
await (await getMigrations(options)).runMigrations();
const auth = betterAuth(options);

const app = new Hono();
app.on(["POST", "GET"], "/api/auth/*", (c) => auth.handler(c.req.raw));
serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => serveParent(port));
