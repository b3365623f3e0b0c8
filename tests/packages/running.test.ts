import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packClient } from "../support/packed.js";
import { createServers, type ServerProcess } from "../support/server-process.js";
import { entries } from "./entries.js";

/** A server's first start, on a machine that is busy. */
const patienceMs = 120_000;
const seen = [
  "registered: signed_in",
  "signed in: true",
  "two queries at once: true true",
  "wrong password: INVALID_CREDENTIALS: The login or the password is wrong.",
  "no address: VALIDATION email",
  "signed out: NOT_AUTHENTICATED",
  "the session was signedOut, signedIn, signedIn, signedOut",
  "no server: undefined: The server cannot be reached. Please check your connection.",
  "a phone that is switched off and on: signedIn, then signedOut with 0 tokens",
];
const client = packClient();
const servers = createServers();
const text = readFileSync(new URL("front-end/story.ts", import.meta.url), "utf8");
let program: string;
let server: ServerProcess;
beforeAll(async () => {
  program = client.install("running", ["react"]);
  write("story.js", compiled(ts.ModuleKind.ESNext));
  write("story.cjs", compiled(ts.ModuleKind.CommonJS));
  server = await servers.start();
}, patienceMs);
afterAll(async () => {
  await servers.close();
  client.close();
});

function compiled(module: ts.ModuleKind): string {
  return ts.transpileModule(text, { compilerOptions: { module, target: ts.ScriptTarget.ES2022 } }).outputText;
}

function write(name: string, code: string): void {
  writeFileSync(join(program, name), code);
}

/** Runs until it ends by itself, in a process that knows nothing of the repository. */
async function run(name: string, code: string): Promise<{ stdout: string; stderr: string }> {
  write(name, code);
  const options = { cwd: program, env: { PATH: process.env.PATH ?? "" }, timeout: patienceMs };
  return await promisify(execFile)(process.execPath, [join(program, name)], options);
}

const tell = (name: string) =>
  `story(${JSON.stringify(server.url)}, "${name}").then((lines) => console.log(lines.join("\\n")));`;

test.for<[what: string, name: string, load: string]>([
  ["an ESM program", "tell.js", `import { story } from "./story.js";`],
  ["a CommonJS program", "tell.cjs", `const { story } = require("./story.cjs");`],
])(
  "%s signs up and in and out over HTTP, is told why not, and ends",
  { timeout: patienceMs },
  async ([, name, load]) => {
    const { stdout, stderr } = await run(name, `${load}\n${tell(name.replace(".", "-"))}`);
    expect(stdout.trim().split("\n")).toEqual(seen);
    expect(stderr).toBe("");
  },
);

test("T3: a program on the first tRPC 11 does the same", { timeout: patienceMs }, async () => {
  const oldest = join(program, "oldest");
  mkdirSync(oldest);
  writeFileSync(join(oldest, "package.json"), JSON.stringify({ name: "oldest", private: true, type: "module" }));
  const packages = [client.tarball, "@trpc/client@11.0.0", "@trpc/server@11.0.0"];
  await promisify(execFile)("npm", ["install", "--no-audit", "--no-fund", ...packages], { cwd: oldest });
  write("oldest/story.js", compiled(ts.ModuleKind.ESNext));
  const { stdout } = await run("oldest/tell.js", `import { story } from "./story.js";\n${tell("on-the-oldest")}`);
  expect(stdout.trim().split("\n")).toEqual(seen);
});

test.for(entries)(
  "a program that loads $path either way gets the same names, and ends",
  { timeout: patienceMs },
  async ({ path }) => {
    const name = JSON.stringify(path.replace(".", "@keywright/client"));
    const names =
      "console.log(Object.keys(module).filter((key) => !/^(?:default|module\\.exports|__esModule)$/.test(key)).sort().join())";
    const imported = await run("load.js", `import * as module from ${name};\n${names}`);
    const required = await run("load.cjs", `{ const module = require(${name}); ${names} }`);
    expect(imported).toEqual(required);
    expect(imported.stderr).toBe("");
  },
);
