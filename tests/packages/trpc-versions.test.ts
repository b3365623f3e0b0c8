import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as api from "@keywright/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compile, type compilers } from "../support/compilers.js";
import { type Installation, installProgram } from "../support/installed.js";
import { type OwnRegistry, startOwnRegistry } from "../support/own-registry.js";

/** An installation from npm, on a machine that is busy. */
const patienceMs = 300_000;
/** As pnpm lays packages out: a program sees what it asked for, and nothing else. */
const strictly = ["--install-strategy=linked"];
const ours = { "@keywright/api": "*", "@keywright/client": "*", zod: "4.6.7" };
const trpc = (version: string) => ({ "@trpc/client": version, "@trpc/server": version });

/** Second copies. */
const others = { trpc23: "npm:@trpc/server@11.23.0", trpc19: "npm:@trpc/server@11.19.0", zod3: "npm:zod@3.25.76" };

let registry: OwnRegistry;
const programs: Installation[] = [];
let onNewest: Installation;
let onOldest: Installation;
beforeAll(async () => {
  registry = await startOwnRegistry();
  onNewest = await install({ ...ours, ...trpc("11.25.2") }, strictly);
  onOldest = await install({ ...ours, ...trpc("11.22.1"), ...others }, strictly);
  for (const program of [onNewest, onOldest]) writeApp(program);
}, patienceMs);
afterAll(async () => {
  for (const { remove } of programs) remove();
  await registry.close();
});

async function install(packages: Record<string, string>, options: readonly string[] = []): Promise<Installation> {
  const program = await installProgram(registry, packages, options);
  programs.push(program);
  return program;
}

const files = ["t", "builders", "with-profile", "router", "context", "client", "router-client", "everything"];

/** An app each of whose files exports what it has made, and one that exports all that our functions take and give. */
function writeApp({ folder }: Installation): void {
  cpSync(fileURLToPath(new URL("app/", import.meta.url)), join(folder, "app"), { recursive: true });
  const isClass = (value: unknown) => /^class/.test(String(value));
  const names = Object.entries(api).flatMap(([name, value]) =>
    typeof value === "function" && !isClass(value) ? [name] : [],
  );
  const lines = names.map(
    (name) => `export const ${name} = (...all: Parameters<typeof api.${name}>) => api.${name}(...all);`,
  );
  writeFileSync(join(folder, "app/everything.ts"), ['import * as api from "@keywright/api";', ...lines].join("\n"));
}

async function complaintsOf({ folder }: Installation, version: keyof typeof compilers): Promise<[string, string][]> {
  const emitted = { noEmit: false, composite: true, declaration: true, rootDir: ".", outDir: `out-${version}` };
  const lib = ["ES2023", "DOM", "ESNext.Disposable"];
  const options = { ...emitted, target: "ES2022", lib, module: "nodenext", skipLibCheck: true };
  return [...(await compile(folder, { version, options, files: files.map((file) => `app/${file}.ts`) }))];
}

test.each(["5.9", "6.0", "7.0"])(
  "T5, T6: an app in pnpm's layout emits declarations of whatever it exports with TypeScript %s",
  { timeout: patienceMs },
  async (compiler) => expect(await complaintsOf(onNewest, compiler)).toEqual([]),
);

test("T4: it does so on the oldest tRPC that our server takes as well", { timeout: patienceMs }, async () => {
  expect(await complaintsOf(onOldest, "6.0")).toEqual([]);
});

/** Prints what a caller gets who gives a wrong password, and what the app's own procedures answer with. */
const story = (loaded: { trpc: string; zod: string }) => `
const { createFetchHandler, createKeywright, createMailbox, errorFormatter, mountAuth, transformer } = require("@keywright/api");
const { initTRPC, TRPCError } = require("${loaded.trpc}");
const { fetchRequestHandler } = require("${loaded.trpc}/adapters/fetch");
const { z } = require("${loaded.zod}");
const t = initTRPC.context().create({ transformer, errorFormatter, isDev: false });
const router = t.router({
  ...mountAuth(t),
  missing: t.procedure.mutation(() => { throw new TRPCError({ code: "NOT_FOUND", message: "No such post." }); }),
  conflict: t.procedure.mutation(() => { throw new TRPCError({ code: "CONFLICT", message: "Sold out." }); }),
  faulty: t.procedure.input(z.object({ title: z.string() })).mutation(() => 1),
});
(async () => {
  const keywright = await createKeywright({
    secret: "of a test, and long enough to be one",
    publicUrl: "http://localhost:3000",
    database: "pglite::memory:",
    mailer: createMailbox(".keywright/mailbox"),
  });
  const { createContext } = keywright;
  const handlers = [createFetchHandler({ router, endpoint: "/trpc", createContext }),
    (req) => fetchRequestHandler({ router, endpoint: "/trpc", req, createContext })];
  for (const handle of handlers) for (const path of ["auth.login", "missing", "conflict", "faulty"]) {
    const json = path === "auth.login" ? { email: "a@b.test", password: "wrong horse" } : {};
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ json }) };
    const answer = await handle(new Request("http://localhost:3000/trpc/" + path, init));
    const { message, data } = (await answer.json()).error.json;
    console.log(answer.status, data.code, data.reason, Object.keys(data.fields ?? {}).join(), message);
  }
  await keywright.close();
})();`;

const refusals = [
  "401 UNAUTHORIZED INVALID_CREDENTIALS  The login or the password is wrong.",
  "404 NOT_FOUND NOT_FOUND  No such post.",
  "409 CONFLICT VALIDATION  Sold out.",
  "400 BAD_REQUEST VALIDATION title The input is not valid.",
];

test("T1, T2: a CommonJS app on other versions of tRPC and zod has our refusals and its own", {
  timeout: patienceMs,
}, async () => {
  for (const loaded of [
    { trpc: "@trpc/server", zod: "zod" },
    { trpc: "trpc23", zod: "zod3" },
    { trpc: "trpc19", zod: "zod3" },
  ]) {
    const { stdout, stderr } = await onOldest.run("story.cjs", story(loaded));
    expect(stdout.trim().split("\n")).toEqual([...refusals, ...refusals]);
    expect(stderr).not.toContain('"level":"error"');
  }
});

test("T3: the client installs beside packages that pin an older tRPC, and loads", { timeout: patienceMs }, async () => {
  const pinned = {
    ...trpc("11.19.0"),
    "@trpc/react-query": "11.19.0",
    "@tanstack/react-query": "5.108.0",
    react: "19.3.1",
  };
  const program = await install({ "@keywright/client": "*", ...pinned });
  const entries = ["", "/router", "/react", "/native", "/social", "/messages"].map(
    (entry) => `@keywright/client${entry}`,
  );
  const loads = entries.map((entry) => `console.log(Object.keys(await import("${entry}")).length > 0);`);
  expect((await program.run("load.mjs", loads.join("\n"))).stdout).toBe("true\n".repeat(entries.length));
});

test("T4: npm says that the server needs a newer tRPC", { timeout: patienceMs }, async () => {
  const early = install({ ...ours, ...trpc("11.19.0") }, ["--package-lock-only"]);
  await expect(early).rejects.toThrow(/ERESOLVE[\s\S]*@trpc\/server@">=11\.22\.0 <12" from @keywright\/api/);
});
