import { expect, test } from "vitest";
import { secondOwners, strayEnvironment } from "./owners.js";
import { houseSources, madeUp } from "./sources.js";

test("the house has one owner for each library", () => {
  expect(secondOwners(houseSources())).toEqual([]);
});

test("the house reads its environment in its programs only", () => {
  expect(strayEnvironment(houseSources())).toEqual([]);
});

test.for<[library: string, path: string]>([
  ["drizzle-orm", "packages/api/src/limits.ts"],
  ["drizzle-orm/pg-core", "packages/db/src/normalise.ts"],
  ["postgres", "apps/server/src/main.ts"],
  ["@electric-sql/pglite", "packages/api/src/keywright.ts"],
  ["lucia", "packages/api/src/tokens/opaque.ts"],
  ["arctic", "packages/api/src/services/social.ts"],
  ["@node-rs/bcrypt", "packages/api/src/services/auth/login.ts"],
  ["nodemailer", "packages/api/src/services/outbox.ts"],
  ["jose", "packages/api/src/services/social/apple.ts"],
  ["superjson", "packages/api/src/trpc/builders.ts"],
  ["hono", "packages/api/src/http/fetch.ts"],
  ["hono/cors", "packages/api/src/http/fetch.ts"],
  ["@hono/node-server", "packages/api/src/http/node.ts"],
  ["@trpc/client", "packages/api/src/contract/public.ts"],
  ["@trpc/server/adapters/fetch", "packages/db/src/connect.ts"],
  ["zod", "packages/db/src/connect.ts"],
  ["react", "packages/client/src/session-store.ts"],
  ["react-dom", "packages/client/src/react.ts"],
  ["jose", "packages/api/src/keys.ts"],
  ["left-pad", "packages/api/src/keys.ts"],
])("%s outside of its home is found", ([library, path]) => {
  const text = `import type { Thing } from "${library}";`;
  expect(secondOwners(madeUp({ [path]: text }))).toEqual([expect.stringContaining(`${path}:1 "${library}"`)]);
});

test.for<[library: string, first: string, second: string]>([
  ["postgres", "packages/db/src/connect.ts", "packages/db/src/listen.ts"],
  ["@electric-sql/pglite", "packages/db/src/connect.ts", "packages/db/src/pglite-lock.ts"],
])("%s in a second place is found", ([library, first, second]) => {
  const text = `import { thing } from "${library}";`;
  expect(secondOwners(madeUp({ [first]: text, [second]: text }))).toEqual([expect.stringContaining(`${second}:1 `)]);
});

test("a library at home is left alone", () => {
  const text = `import { SignJWT } from "jose"; import { randomBytes } from "node:crypto"; import { hash } from "crypto";`;
  const home = madeUp({
    "packages/api/src/tokens/access.ts": text,
    "packages/api/src/tokens/keys.ts": text,
    "packages/db/src/schema/users.ts": `import { pgTable } from "drizzle-orm/pg-core";`,
    "packages/db/src/pglite.ts": `import { PGlite } from "@electric-sql/pglite";`,
    "packages/db/src/pglite-lock.ts": `import type { PGlite } from "@electric-sql/pglite";`,
    "examples/demo/src/demo.ts": `import { httpBatchLink } from "@trpc/client";`,
    "bench/src/login.ts": `import autocannon from "autocannon"; import postgres from "postgres";`,
  });
  expect(secondOwners(home)).toEqual([]);
});

test.for([
  "const port = process.env.PORT;",
  `const port = process["env"].PORT;`,
  "const { env } = process;",
  "const port = globalThis.process.env.PORT;",
  `import { env } from "node:process";`,
])("an environment that is read with %s is found", (text) => {
  const path = "packages/api/src/settings/settings.ts";
  expect(strayEnvironment(madeUp({ [path]: text }))).toEqual([expect.stringContaining(`${path}:1 `)]);
});

test("an environment that is read by its reader is left alone", () => {
  const text = "const port = process.env.PORT;";
  expect(strayEnvironment(madeUp({ "apps/server/src/main.ts": text, "bench/src/bench.ts": text }))).toEqual([]);
  expect(strayEnvironment(madeUp({ "apps/server/src/main.ts": "process.exit(1); log(config.env);" }))).toEqual([]);
});
