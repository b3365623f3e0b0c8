import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { closingLine } from "./support/closing-line.js";

/** Workspace packages run from their sources. The rest is Vite's default, which a list of one's own replaces. */
const conditions = ["@keywright/source", "module", "node", "development|production"];
const bothEngines = ["flows", "behaviours", "security", "budgets", "regressions"];

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const builtClient = [
  { find: /^@keywright\/client$/, replacement: at("../packages/client/dist/root.js") },
  { find: /^@keywright\/client\/(\w+)$/, replacement: at("../packages/client/dist/$1.js") },
];

const setUps: Record<string, string[]> = {
  pglite: ["./support/global-pglite.ts"],
  postgres: ["./support/global-postgres.ts"],
  processes: ["./support/global-postgres.ts"],
  "react-18": ["./support/global-pglite.ts"],
  "react-19": ["./support/global-pglite.ts"],
  "front-ends": ["./support/global-postgres.ts"],
  network: ["./support/global-postgres.ts"],
  t3: ["./support/global-postgres.ts"],
  hosts: ["./support/global-postgres.ts"],
  interleavings: ["./support/global-postgres.ts"],
  endurance: ["./support/global-postgres.ts"],
};

export default defineConfig({
  test: {
    root: at("."),
    reporters: ["default", closingLine()],
    // One more than the smallest machine has cores: many a test waits for a process.
    maxWorkers: 3,
    projects: [
      project("house", ["house", "docs", "unit", "generated"]),
      project("pglite", bothEngines),
      // Of the packed client: `npm run check` runs them.
      project("packages", ["packages"]),
      // Its hooks, on both Reacts that they support.
      reactProject("18", "../peers/react-18/node_modules"),
      reactProject("19", "../node_modules"),
      // With the built client, where the other engine has its sources.
      withAlias(project("postgres", [...bothEngines, "database"]), builtClient),
      // The built server and the demo as processes of their own: `npm run processes`.
      project("processes", ["processes"]),
      // Other people's servers, poolers and hosts. `npm run network` and `npm run hosts` run them. The longest first.
      project("network", ["network"]),
      project("hosts", ["hosts"]),
      // The web app in Chromium, the phone app on Hermes: `npm run front-ends`.
      project("front-ends", ["front-ends"]),
      // Many callers at once, and every pair of calls in many orders of their statements: `npm run interleavings`.
      project("interleavings", ["races", "interleavings"]),
      // Killed processes, a failing database, a long-broken mail server: `npm run endurance`.
      project("endurance", ["endurance"]),
      // Keywright added to a scaffolded T3 app by the text of docs/next.md: `npm run t3`.
      project("t3", ["t3"]),
    ],
  },
});

function project(name: string, folders: string[]) {
  const globalSetup = setUps[name] ?? [];
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name,
      globalSetup,
      include: folders.map((folder) => `${folder}/**/*.test.ts`),
      globals: false,
      // Files keep nothing in modules that another could trip over; loading the house anew for each took a third of the run.
      isolate: false,
      testTimeout: 30_000,
      hookTimeout: 60_000,
    },
  };
}

function withAlias<P extends object>(project: P, alias: { find: RegExp; replacement: string }[]) {
  return { ...project, resolve: { conditions, alias } };
}

function reactProject(version: string, libraries: string) {
  const made = project(`react-${version}`, ["react"]);
  const react = { find: /^(react|react-dom)(?=\/|$)/, replacement: at(`${libraries}/$1`) };
  // Otherwise TanStack's packages find a React of their own.
  const server = { deps: { inline: [/tanstack/] } };
  const test = { ...made.test, server, env: { REACT_VERSION: version } };
  return withAlias({ ...made, test }, [react, ...builtClient]);
}
