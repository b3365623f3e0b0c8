import ts from "typescript";
import { type Import, importsOf } from "./imports.js";
import type { Source } from "./sources.js";
import { broken, nodesOf } from "./syntax.js";

interface Owner {
  /** Files, or folders, which end in `/`. */
  homes: readonly string[];
  /** Only one of these files may load the library; others may use its types. */
  only?: "one file";
}

const api = "packages/api/src/";
const db = "packages/db/src/";

const connectionFiles = ["connect", "database", "inspect", "journal", "migrator", "pglite", "postgres/connect"].map(
  (name) => `${db}${name}.ts`,
);

/** Each outside library and who wraps it. `bench` and `tests` may import anything. */
const owners: Record<string, Owner> = {
  "drizzle-orm": { homes: [`${db}queries/`, `${db}schema/`, ...connectionFiles] },
  postgres: { homes: [db], only: "one file" },
  "@electric-sql/pglite": { homes: [db], only: "one file" },
  "#empty-cluster": { homes: [db], only: "one file" },
  lucia: { homes: [`${api}sessions/`] },
  arctic: { homes: [`${api}providers/`] },
  "@node-rs/bcrypt": { homes: [`${api}passwords/`] },
  nodemailer: { homes: [`${api}mail/`] },
  oauth4webapi: { homes: [`${api}providers/`] },
  // Own tokens, and the ID tokens of providers.
  jose: { homes: [`${api}tokens/`, `${api}providers/`] },
  superjson: { homes: [`${api}trpc/transformer.ts`, "packages/client/src/"] },
  zod: { homes: [api, "apps/server/src/", "examples/demo/src/", "examples/merged-server/src/"] },
  hono: { homes: ["apps/server/src/", "examples/hosts/src/hono.ts"] },
  "@hono/node-server": { homes: ["apps/server/src/", "examples/hosts/src/hono.ts"] },
  pino: { homes: ["apps/server/src/"], only: "one file" },
  express: { homes: ["examples/hosts/src/express.ts"] },
  fastify: { homes: ["examples/hosts/src/fastify.ts"] },
  "@hono/trpc-server": { homes: ["apps/server/src/"] },
  "@trpc/server": {
    homes: [api, "apps/server/src/", "packages/client/src/", "examples/merged-server/src/", "examples/hosts/"],
  },
  "@trpc/client": { homes: ["packages/client/src/", "examples/demo/src/"] },
  react: { homes: ["packages/client/src/react.ts", "examples/web/src/", "examples/native/src/"] },
  "react-dom": { homes: ["examples/web/src/main.tsx"] },
  "react-native": { homes: ["examples/native/src/"] },
  vue: { homes: ["examples/frameworks/src/vue/"] },
  svelte: { homes: ["examples/frameworks/src/svelte/"] },
  "solid-js": { homes: ["examples/frameworks/src/solid/"] },
  "expo-crypto": { homes: ["examples/native/src/"], only: "one file" },
  "expo-web-browser": { homes: ["examples/native/src/"], only: "one file" },
  "expo-secure-store": { homes: ["examples/native/src/"], only: "one file" },
};

/** The programs; what they start takes the environment as an argument. */
const environmentReaders = ["apps/server/src/main.ts", "apps/cli/src/main.ts"];

/** Libraries imported outside their home, used in two places, or missing from the table. */
export function secondOwners(sources: readonly Source[]): string[] {
  const all = sources.filter(({ path }) => !/^(?:bench|tests)\//.test(path)).flatMap(importsOf);
  const outside = all.filter(({ library }) => library !== null && !library.startsWith("node:"));
  const strangers = outside.flatMap(strangerAt);
  return [...strangers, ...Object.entries(owners).flatMap(([library, owner]) => secondPlaces(library, owner, outside))];
}

/** `process.env`, however it is spelled, in any file of `packages` and `apps` except the programs. */
export function strayEnvironment(sources: readonly Source[]): string[] {
  const bound = sources.filter(({ path }) => /^(?:packages|apps)\//.test(path) && !environmentReaders.includes(path));
  return bound
    .flatMap(nodesOf)
    .filter(readsEnvironment)
    .map((node) => {
      return broken(
        node,
        `process.env is read by ${environmentReaders.join(" and ")} only: take the value as a setting`,
      );
    });
}

function strangerAt({ from, line, specifier, library }: Import): string[] {
  const owner = owners[library ?? ""];
  if (!owner)
    return [broken({ path: from, line }, `"${specifier}" has no owner: give it a row in tests/house/owners.ts`)];
  if (homeOf(from, owner)) return [];
  return [
    broken({ path: from, line }, `"${specifier}" belongs to ${owner.homes.join(", ")}: call what wraps it there`),
  ];
}

function secondPlaces(library: string, owner: Owner, imports: readonly Import[]): string[] {
  if (!owner.only) return [];
  const loads = imports.filter((arrow) => arrow.library === library && !arrow.isTypeOnly);
  const atHome = loads.filter(({ from }) => homeOf(from, owner));
  const first = atHome[0];
  const rest = atHome.filter((arrow) => first && arrow.from !== first.from);
  return rest.map(({ from, line }) => {
    return broken(
      { path: from, line },
      `"${library}" has ${owner.only}, and ${first?.from} is it: call what that exports`,
    );
  });
}

function homeOf(path: string, { homes }: Owner): string | null {
  return homes.find((home) => (home.endsWith("/") ? path.startsWith(home) : path === home)) ?? null;
}

function readsEnvironment(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return isProcess(node.expression) && node.name.text === "env";
  if (ts.isElementAccessExpression(node)) return isProcess(node.expression);
  if (ts.isVariableDeclaration(node)) return isProcess(node.initializer) && ts.isObjectBindingPattern(node.name);
  if (!ts.isImportDeclaration(node) || !/^["'](?:node:)?process["']$/.test(node.moduleSpecifier.getText()))
    return false;
  return /\benv\b/.test(node.importClause?.getText() ?? "");
}

function isProcess(node: ts.Node | undefined): boolean {
  if (node && ts.isPropertyAccessExpression(node)) return node.getText() === "globalThis.process";
  return node !== undefined && ts.isIdentifier(node) && node.text === "process";
}
