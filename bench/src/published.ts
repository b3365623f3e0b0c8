import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const root = fileURLToPath(new URL("../../", import.meta.url));
const packed = z.tuple([z.object({ filename: z.string(), size: z.number() })]);
const needs = z.record(z.string(), z.string()).default({});
const manifest = z.object({
  dependencies: needs,
  peerDependencies: needs,
  peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.boolean() })).default({}),
});

/** A compiler is a peer of tRPC, but not part of anybody's front end. */
const compiler = "typescript";

interface Published {
  /** What npm downloads for the package itself. */
  tarballBytes: number;
  /** Disk space of an installation: the package, its dependencies and its peers. */
  installedKb: number;
  packages: number;
}

/**
 * A folder with all clients in its `node_modules`: ours as npm would publish it, and the others as npm installed them.
 * Their dependencies are resolved from where npm put them.
 */
export function installAll() {
  const folder = mkdtempSync(join(tmpdir(), "keywright-clients-"));
  const ours = pack(join(root, "packages/client"), folder);
  execFileSync("tar", ["-xzf", ours.filename], { cwd: folder });
  const published = join(folder, "package");
  cpSync(published, join(folder, "node_modules/@keywright/client"), { recursive: true });
  const others = ["better-auth", "@supabase/auth-js"];
  for (const library of [...others, ...neededBy(published)]) link(library, join(folder, "node_modules", library));
  return {
    folder,
    published: {
      "@keywright/client": { tarballBytes: ours.size, ...installed(published) },
      "better-auth": asInstalled("better-auth", folder),
      "@supabase/auth-js": asInstalled("@supabase/auth-js", folder),
    } satisfies Record<string, Published>,
    close: () => rmSync(folder, { recursive: true }),
  };
}

function asInstalled(library: string, folder: string): Published {
  const place = join(root, "node_modules", library);
  return { tarballBytes: pack(place, folder).size, ...installed(place) };
}

function pack(library: string, folder: string) {
  const listing = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: library,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return packed.parse(JSON.parse(listing.toString()))[0];
}

function link(library: string, place: string): void {
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(join(root, "node_modules", library), place);
}

function installed(library: string) {
  const reached = new Set([library]);
  for (const place of reached) for (const next of neededBy(place)) reached.add(join(root, "node_modules", next));
  const bytes = [...reached].reduce((sum, place) => sum + bytesIn(place), 0);
  return { packages: reached.size, installedKb: bytes / 1000 };
}

function neededBy(library: string): string[] {
  const text = readFileSync(join(library, "package.json"), "utf8");
  const { dependencies, peerDependencies, peerDependenciesMeta } = manifest.parse(JSON.parse(text));
  const peers = Object.keys(peerDependencies).filter((peer) => !peerDependenciesMeta[peer]?.optional);
  return [...Object.keys(dependencies), ...peers].filter((needed) => needed !== compiler);
}

function bytesIn(place: string): number {
  const entries = readdirSync(place, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
