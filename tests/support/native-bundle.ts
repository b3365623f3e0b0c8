import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { onceForAll } from "./once-for-all.js";
import { installClient } from "./packed.js";

const run = promisify(execFile);
const example = fileURLToPath(new URL("../../examples/native", import.meta.url));
const manifest = z.object({
  dependencies: z.record(z.string(), z.string()).default({}),
  peerDependencies: z.record(z.string(), z.string()).default({}),
});

/** What the example loads besides the client, and what Babel makes it load. */
const libraries = [
  "react",
  "react-test-renderer",
  "@tanstack/react-query",
  "abort-controller",
  "whatwg-fetch",
  "@babel/runtime",
];
/** What builds the bundle, and what it puts at the top. */
const tools = [
  "@react-native/babel-preset",
  "@react-native/js-polyfills",
  "@react-native/metro-config",
  "metro-runtime",
];

/**
 * The example, bundled by Metro in a folder where the only part of Keywright is the client as npm would publish it; once
 * in a run.
 */
export async function bundleNativeExample(): Promise<string> {
  const folder = await onceForAll("native", async (shared) => build(realpathSync(shared)));
  return readFileSync(join(folder, bundleName), "utf8");
}

const bundleName = "bundle.js";

async function build(folder: string): Promise<void> {
  for (const name of ["src", "headless", "babel.config.js", "package.json"]) {
    cpSync(join(example, name), join(folder, name), { recursive: true });
  }
  const { dependencies, peerDependencies } = manifestIn(installClient(folder));
  const needed = placesOf([...Object.keys({ ...dependencies, ...peerDependencies }), ...libraries]);
  for (const name of tools) needed.set(name, placeOf(name, example));
  for (const [name, place] of needed) link(place, join(folder, "node_modules", name));
  await bundle(folder);
}

async function bundle(folder: string): Promise<void> {
  const out = join(folder, bundleName);
  const metro = [join(placeOf("metro", example), "src/cli.js"), "build", "headless/index.ts", "--out", out];
  const kind = ["--platform", "ios", "--dev", "false", "--minify", "false"];
  // A second worker would load Babel again, which takes longer than it saves.
  const options = ["--config", "headless/metro.config.js", "--max-workers", "1", ...kind];
  await run(process.execPath, [...metro, ...options], { cwd: folder });
}

/** Packages with all their dependencies, as installed for the example. */
function placesOf(names: readonly string[]): Map<string, string> {
  const places = new Map<string, string>();
  const wanted = names.map((name) => ({ name, from: example }));
  for (const { name, from } of wanted) {
    if (places.has(name)) continue;
    const place = placeOf(name, from);
    places.set(name, place);
    // The loop continues with them.
    wanted.push(...Object.keys(manifestIn(place).dependencies).map((needed) => ({ name: needed, from: place })));
  }
  return places;
}

function placeOf(name: string, from: string): string {
  const folders = createRequire(join(from, "package.json")).resolve.paths(name) ?? [];
  const place = folders.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate));
  if (place === undefined) throw new Error(`${name} is not installed for ${from}.`);
  return realpathSync(place);
}

function link(place: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(place, path, "junction");
}

function manifestIn(folder: string): z.output<typeof manifest> {
  return manifest.parse(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")));
}
