import ts from "typescript";
import { type Import, importsOf, workspaceOf } from "./imports.js";
import type { Source } from "./sources.js";
import { broken, nodesOf } from "./syntax.js";

interface Arrows {
  /** The workspaces that this one may import; its own files by relative path only. */
  to: readonly string[];
  instead: string;
}

/** Which workspace may import which, one row each. `bench` and `tests` may import anything and have no row. */
const arrows: Record<string, Arrows> = {
  "packages/db": { to: [], instead: "the database knows nobody: pass what it needs as an argument" },
  "packages/api": { to: ["packages/db"], instead: "of the workspace, the api imports @keywright/db only" },
  "packages/client": {
    to: ["packages/api"],
    instead: "of the workspace, the client imports types of @keywright/api only",
  },
  "apps/cli": { to: ["packages/api"], instead: "ask @keywright/api, and export there what is missing" },
  "apps/server": { to: ["packages/api"], instead: "ask @keywright/api, and export there what is missing" },
  "examples/merged-server": { to: ["packages/api"], instead: "an app builds on @keywright/api alone" },
  "examples/hosts": {
    to: ["packages/api", "packages/client"],
    instead: "an app builds on @keywright/api, and its pages on @keywright/client",
  },
  "examples/merged-client": {
    to: ["packages/client", "examples/merged-server"],
    instead: "a front end imports @keywright/client, and of its server the type of the router",
  },
  "examples/native": { to: ["packages/client"], instead: "an app on a phone imports @keywright/client alone" },
  "examples/frameworks": { to: ["packages/client"], instead: "a front end knows @keywright/client alone" },
  "examples/web": { to: ["packages/client"], instead: "a front end knows @keywright/client alone" },
  "examples/demo": {
    to: ["packages/client"],
    instead: "speak to the server through @keywright/client; spawn it, do not import it",
  },
};

interface Layer {
  inside: string;
  /** Whether an import from inside this layer breaks the rule. */
  forbids: (arrow: Import) => boolean;
  sentence: string;
}

const api = "packages/api/src/";
const db = "packages/db/src/";
const belowRouters = ["context.ts", "contract/", "inputs/", "limits/", "outputs.ts", "services/", "trpc/"].map(
  (at) => api + at,
);
const tools = [
  "inputs/",
  "limits/",
  "outputs.ts",
  "passwords/",
  "tokens/",
  "mail/",
  "providers/",
  "sessions/",
  "settings/",
].map((at) => api + at);
const aboveServices = ["routers/", "http/", "trpc/", "workers/", "openapi/"].map((at) => api + at);
/** Routers that combine others. */
const gathering = ["index.ts", "mount.ts", "profile.ts"].map((file) => `${api}routers/${file}`);

/** The layers within a package. */
const layers: readonly Layer[] = [
  {
    inside: `${api}routers/`,
    forbids: ({ from, file }) => file !== null && !startsWithAny(file, belowRouters) && !isGathering(from, file),
    sentence:
      "routers import context, contract, inputs, limits, outputs, services and trpc only: move decisions to services/, and combine routers in routers/index.ts",
  },
  {
    inside: `${api}services/`,
    forbids: ({ file }) => file !== null && startsWithAny(file, aboveServices),
    sentence:
      "services know nothing of routers, tRPC or HTTP: take what is needed from (deps, who, input) and return a plain result",
  },
  {
    inside: `${api}services/`,
    forbids: ({ library }) => library !== null && /^(?:@trpc\/|drizzle-orm$|lucia$)/.test(library),
    sentence: "services import no @trpc/*, drizzle-orm or lucia: call a query of @keywright/db or what deps offers",
  },
  {
    inside: api,
    forbids: ({ from, file }) =>
      file !== null && startsWithAny(from, tools) && startsWithAny(file, [`${api}services/`, ...aboveServices]),
    sentence:
      "inputs, limits, outputs, passwords, tokens, mail, providers, sessions and settings know none of their users: let a service call them",
  },
  {
    inside: `${api}contract/`,
    forbids: ({ file, library, isTypeOnly }) =>
      !isTypeOnly && (library !== null || (file !== null && !file.startsWith(`${api}contract/`))),
    sentence: "the contract is what clients see, and loads nothing: import a type, or move it out of contract/",
  },
  {
    inside: `${api}http/`,
    forbids: ({ file }) => file?.startsWith(`${api}routers/`) === true,
    sentence: "http carries calls and does not know procedures: let a procedure ask its carrier",
  },
  {
    inside: `${api}trpc/`,
    forbids: ({ file }) => file !== null && startsWithAny(file, [`${api}routers/`, `${api}http/`, `${api}workers/`]),
    sentence: "trpc/ is what procedures are built from: let a router use it",
  },
  {
    inside: `${db}queries/`,
    forbids: ({ file, isTypeOnly }) =>
      file !== null && !isTypeOnly && !startsWithAny(file, [`${db}schema/`, `${db}queries/`]),
    sentence: "queries import schema/ and types only: take the connection as the first argument",
  },
  {
    inside: `${db}schema/`,
    forbids: ({ file }) => file !== null && !file.startsWith(`${db}schema/`),
    sentence: "the schema imports only itself: move what both need down into schema/",
  },
];

/** Imports in the wrong direction: between workspaces, and between the layers of one. */
export function brokenArrows(sources: readonly Source[]): string[] {
  const all = sources.flatMap(importsOf);
  return [...all.flatMap(betweenWorkspaces), ...all.flatMap(betweenLayers), ...sources.flatMap(computedImports)];
}

function betweenWorkspaces(arrow: Import): string[] {
  const here = workspaceOf(arrow.from);
  const row = arrows[here];
  if (!row || arrow.file === null) return [];
  const there = workspaceOf(arrow.file);
  if (there === here && arrow.specifier.startsWith(".")) return [];
  const place = { path: arrow.from, line: arrow.line };
  if (!row.to.includes(there)) return [broken(place, `${here} must not import "${arrow.specifier}": ${row.instead}`)];
  if (arrow.specifier.startsWith(".")) {
    return [broken(place, `"${arrow.specifier}" reaches into ${there}: import that package by its name`)];
  }
  const isErasable = here !== "packages/client" || arrow.isTypeOnly;
  return isErasable ? [] : [broken(place, `the client loads "${arrow.specifier}" at run time: write import type`)];
}

function betweenLayers(arrow: Import): string[] {
  return layers
    .filter(({ inside, forbids }) => arrow.from.startsWith(inside) && forbids(arrow))
    .map(({ sentence }) => broken({ path: arrow.from, line: arrow.line }, `"${arrow.specifier}": ${sentence}`));
}

/** The settings file belongs to its owner, not to this codebase. */
const configLoader = "packages/api/src/operator/config-file.ts";

function computedImports(source: Source): string[] {
  if (source.path === configLoader) return [];
  const calls = nodesOf(source).filter((node) => ts.isCallExpression(node));
  return calls
    .filter(({ expression, arguments: [name] }) => {
      return expression.kind === ts.SyntaxKind.ImportKeyword && !(name && ts.isStringLiteralLike(name));
    })
    .filter(() => workspaceOf(source.path) in arrows)
    .map((call) => broken(call, "a computed import() hides an arrow: write the module's name as a string"));
}

function isGathering(from: string, file: string): boolean {
  return gathering.includes(from) && file.startsWith(`${api}routers/`);
}

function startsWithAny(path: string, starts: readonly string[]): boolean {
  return starts.some((start) => path.startsWith(start));
}
