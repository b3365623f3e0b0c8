import { expect, test } from "vitest";
import { brokenArrows } from "./arrows.js";
import { houseSources, madeUp } from "./sources.js";

test("the house keeps its arrows", () => {
  expect(brokenArrows(houseSources())).toEqual([]);
});

test.for<[what: string, path: string, text: string]>([
  ["a server that reaches past the api", "apps/server/src/main.ts", `import { connect } from "@keywright/db";`],
  ["an api that knows its server", "packages/api/src/who.ts", `import type { Config } from "@keywright/server";`],
  ["an api that imports itself by name", "packages/api/src/who.ts", `import { reasons } from "@keywright/api";`],
  ["a database that knows the api", "packages/db/src/connect.ts", `import { KeywrightError } from "@keywright/api";`],
  ["a client that loads the api", "packages/client/src/client.ts", `import { reasons } from "@keywright/api";`],
  ["a client whose import stays as {}", "packages/client/src/client.ts", `import { type User } from "@keywright/api";`],
  [
    "a client that loads the api later",
    "packages/client/src/client.ts",
    `const api = import("@keywright/api/public");`,
  ],
  ["a client that passes values on", "packages/client/src/index.ts", `export { reasons } from "@keywright/api";`],
  [
    "a client that knows the database",
    "packages/client/src/client.ts",
    `import type { UserRow } from "@keywright/db";`,
  ],
  ["a demo that mounts the api", "examples/demo/src/demo.ts", `import { authRouters } from "@keywright/api";`],
  [
    "a web app that knows its server's types",
    "examples/web/src/app.tsx",
    `import type { User } from "@keywright/api";`,
  ],
  ["a demo that imports the server", "examples/demo/src/demo.ts", `import "@keywright/server";`],
  ["a type that is imported in place", "packages/db/src/connect.ts", `type User = import("@keywright/api").User;`],
  ["a path that climbs into another package", "apps/server/src/main.ts", `import "../../../packages/db/src/index.js";`],
  ["a path that climbs along an arrow", "apps/server/src/main.ts", `import "../../../packages/api/src/index.js";`],
  ["an import that is required", "packages/db/src/connect.ts", `const api = require("@keywright/api");`],
  ["an import whose name is computed", "packages/api/src/who.ts", `const library = await import(name);`],
  ["a router that calls a query", "packages/api/src/routers/user.ts", `import { findUser } from "@keywright/db";`],
  ["a router that uses another", "packages/api/src/routers/user.ts", `import { authRouter } from "./auth.js";`],
  [
    "a router that hashes by itself",
    "packages/api/src/routers/user.ts",
    `import { hash } from "../passwords/scheme.js";`,
  ],
  ["a service that knows a router", "packages/api/src/services/auth/login.ts", `import "../../routers/auth.js";`],
  [
    "a service that builds procedures",
    "packages/api/src/services/auth/login.ts",
    `import { t } from "../../trpc/builders.js";`,
  ],
  ["a service that reads headers", "packages/api/src/services/auth/login.ts", `import "../../http/cookies.js";`],
  [
    "a service that speaks tRPC",
    "packages/api/src/services/auth/login.ts",
    `import { TRPCError } from "@trpc/server";`,
  ],
  ["a service that writes SQL", "packages/api/src/services/auth/login.ts", `import { eq } from "drizzle-orm";`],
  ["a service that knows Lucia", "packages/api/src/services/auth/login.ts", `import { Lucia } from "lucia";`],
  ["a hasher that knows a service", "packages/api/src/passwords/scheme.ts", `import "../services/auth/login.js";`],
  ["an input that knows its router", "packages/api/src/inputs/auth.ts", `import type { A } from "../routers/auth.js";`],
  ["a service that wakes a worker", "packages/api/src/services/login.ts", `import "../workers/outbox.js";`],
  ["a session that knows a service", "packages/api/src/sessions/sessions.ts", `import "../services/audit.js";`],
  ["a setting that knows a service", "packages/api/src/settings/settings.ts", `import "../services/audit.js";`],
  ["a contract that loads zod", "packages/api/src/contract/types.ts", `import { z } from "zod";`],
  ["a contract that loads a file", "packages/api/src/contract/types.ts", `import { keys } from "../keys.js";`],
  ["a carrier that knows a router", "packages/api/src/http/carrier.ts", `import "../routers/auth.js";`],
  ["a builder that knows a router", "packages/api/src/trpc/builders.ts", `import "../routers/auth.js";`],
  ["a query that opens connections", "packages/db/src/queries/users.ts", `import { connect } from "../connect.js";`],
  ["a schema that knows a query", "packages/db/src/schema/users.ts", `import { findUser } from "../queries/users.js";`],
])("%s is found", ([, path, text]) => {
  expect(brokenArrows(madeUp({ [path]: text }))).toEqual([expect.stringContaining(`${path}:1 `)]);
});

test("an arrow that points the right way is left alone", () => {
  const right = madeUp({
    "apps/server/src/main.ts": `import { createKeywright } from "@keywright/api"; import { Hono } from "hono";`,
    "packages/api/src/services/auth/login.ts": `import { findUser } from "@keywright/db"; import "../../passwords/policy.js";`,
    "packages/api/src/routers/auth.ts": `import "../inputs/auth.js"; import "../outputs.js"; import "../services/auth/login.js";`,
    "packages/api/src/routers/user.ts": `import { userProcedure } from "../trpc/builders.js";`,
    "packages/api/src/routers/index.ts": `import { authRouter } from "./auth.js";`,
    "packages/client/src/client.ts": `import type { Routers } from "@keywright/api/public"; export type { User } from "@keywright/api";`,
    "packages/db/src/queries/users.ts": `import { users } from "../schema/users.js"; import type { Database } from "../connect.js";`,
    "examples/demo/src/demo.ts": `import { createKeywrightClient } from "@keywright/client"; import { spawn } from "node:child_process";`,
    "bench/src/login.ts": `import "@keywright/server"; import "@keywright/api"; import { connect } from "@keywright/db";`,
  });
  expect(brokenArrows(right)).toEqual([]);
});

test("a broken arrow says the line, the rule and the way out", () => {
  const text = `import { z } from "zod";\n\nimport {\n  connect,\n} from "@keywright/db";\n`;
  expect(brokenArrows(madeUp({ "apps/server/src/main.ts": text }))).toEqual([
    'apps/server/src/main.ts:3 apps/server must not import "@keywright/db": ask @keywright/api, and export there what is missing.',
  ]);
});
