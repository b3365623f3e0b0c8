import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string): unknown => JSON.parse(readFileSync(`${root}${path}`, "utf8"));

const lock = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({
      version: z.string().optional(),
      link: z.boolean().optional(),
      dev: z.boolean().optional(),
      integrity: z.string().optional(),
      scripts: z.record(z.string(), z.string()).optional(),
    }),
  ),
});
const { packages } = lock.parse(read("package-lock.json"));

/** The registry that this repository is made with does not have them, and so not their hashes either. */
const withoutHash = [
  "android-arm-eabi",
  "android-arm64",
  "darwin-arm64",
  "darwin-x64",
  "freebsd-x64",
  "linux-arm-gnueabihf",
  "linux-arm64-gnu",
  "linux-arm64-musl",
  "linux-x64-musl",
  "win32-arm64-msvc",
  "win32-ia32-msvc",
  "win32-x64-msvc",
].map((platform) => `node_modules/@node-rs/bcrypt-${platform}`);

test("the lock file has a hash of everything that is installed (O16)", () => {
  const installed = Object.entries(packages).filter(([path, { link }]) => path.includes("node_modules/") && !link);
  expect(installed.length).toBeGreaterThan(500);
  const open = installed.filter(([, { integrity = "" }]) => !/^sha512-[\w+/]{86}==$/.test(integrity));
  expect(open.map(([path]) => path)).toEqual(withoutHash);
});

const bill = z.object({
  bomFormat: z.literal("CycloneDX"),
  specVersion: z.literal("1.5"),
  serialNumber: z.string().regex(/^urn:uuid:[0-9a-f-]{36}$/),
  version: z.literal(1),
  metadata: z.object({ component: z.object({ "bom-ref": z.string(), name: z.literal("keywright") }) }),
  components: z.array(
    z.object({
      "bom-ref": z.string(),
      name: z.string(),
      version: z.string(),
      type: z.literal("library"),
      purl: z.string().startsWith("pkg:npm/"),
      hashes: z.array(z.object({ alg: z.string(), content: z.string().regex(/^[0-9a-f]{128}$/) })).optional(),
    }),
  ),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "keywright-sbom-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the bill of materials lists what the published packages need at run time, and nothing else (O16)", async () => {
  const file = join(folder, "bill.json");
  await promisify(execFile)(process.execPath, [`${root}.ci/sbom.mjs`, file], { cwd: root });
  const { components, dependencies, metadata } = bill.parse(JSON.parse(readFileSync(file, "utf8")));
  const refs = components.map((component) => component["bom-ref"]);
  expect(new Set(refs).size).toBe(refs.length);
  expect(dependencies.map(({ ref }) => ref).toSorted()).toEqual([metadata.component["bom-ref"], ...refs].toSorted());
  for (const { dependsOn } of dependencies) expect(refs).toEqual(expect.arrayContaining(dependsOn));
  const names = components.map(({ name }) => name);
  const runTime = [
    "@keywright/api",
    "@keywright/cli",
    "@keywright/server",
    "@node-rs/bcrypt",
    "zod",
    "postgres",
    "hono",
  ];
  expect(names).toEqual(expect.arrayContaining([...runTime, "@electric-sql/pglite", "drizzle-orm", "@trpc/server"]));
  for (const tool of ["vitest", "@biomejs/biome", "express", "react", "drizzle-kit"]) expect(names).not.toContain(tool);
  const own = names.filter((name) => name.startsWith("@keywright/"));
  expect(own).toHaveLength(5);
  const unhashed = components.filter(({ hashes = [] }) => hashes.length === 0).map(({ name }) => name);
  expect(unhashed.toSorted()).toEqual(
    [...own, ...withoutHash.map((path) => path.replace("node_modules/", ""))].toSorted(),
  );
});

test("there is one command that is called generate (O17)", () => {
  const workspaces = Object.keys(packages).filter((path) => path !== "" && !path.includes("node_modules/"));
  expect(workspaces.length).toBeGreaterThan(10);
  const manifest = z.object({ scripts: z.record(z.string(), z.string()).optional() });
  const scripts = (path: string) => Object.keys(manifest.parse(read(`${path}/package.json`)).scripts ?? {});
  expect(workspaces.filter((path) => scripts(path).includes("generate"))).toEqual([]);
  expect(scripts("packages/db")).toContain("migration");
});
