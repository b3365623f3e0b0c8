import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const root = fileURLToPath(new URL("../../", import.meta.url));
const name = "@keywright/client";
const packed = z.tuple([z.object({ filename: z.string() })]);
const manifest = z.object({
  dependencies: z.record(z.string(), z.string()).default({}),
  peerDependencies: z.record(z.string(), z.string()).default({}),
  peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.boolean() })).default({}),
});

/** A compiler is not part of an installation, whoever has it as a peer. */
const compiler = "typescript";

/** What npm would publish. `install` puts it into a folder, as npm would; `close` leaves nothing behind. */
export function packClient() {
  const folder = mkdtempSync(join(tmpdir(), "keywright-packed-"));
  const listing = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: join(root, "packages/client"),
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [{ filename }] = packed.parse(JSON.parse(listing.toString()));
  execFileSync("tar", ["-xzf", filename], { cwd: folder });

  /** A new program next to the client, its dependencies, its peers, and `others`: it can see nothing else. */
  function install(place: string, others: readonly string[] = []): string {
    const program = installAlone(place);
    for (const library of [...neededBy(program, name), ...others]) put(program, library);
    return program;
  }

  /** Without its dependencies: for those who only read its types. */
  function installAlone(place: string): string {
    const program = join(folder, place);
    cpSync(join(folder, "package"), join(program, "node_modules", name), { recursive: true });
    writeFileSync(join(program, "package.json"), JSON.stringify({ name: place, private: true, type: "module" }));
    return program;
  }

  return {
    tarball: join(folder, filename),
    /** The unpacked tarball. */
    contents: join(folder, "package"),
    install,
    installAlone,
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Puts the client into an example's folder, and returns where. */
export function installClient(folder: string): string {
  const { contents, close } = packClient();
  const place = join(folder, "node_modules", name);
  cpSync(contents, place, { recursive: true });
  close();
  return place;
}

/** Copied, not linked: through a link, Node and the compilers would resolve into the repository. */
function put(program: string, library: string): void {
  const to = join(program, "node_modules", library);
  if (existsSync(to)) return;
  cpSync(join(root, "node_modules", library), to, { recursive: true });
  for (const next of neededBy(program, library)) put(program, next);
}

function neededBy(program: string, library: string): string[] {
  const text = readFileSync(join(program, "node_modules", library, "package.json"), "utf8");
  const { dependencies, peerDependencies, peerDependenciesMeta } = manifest.parse(JSON.parse(text));
  const peers = Object.keys(peerDependencies).filter((peer) => !peerDependenciesMeta[peer]?.optional);
  return [...Object.keys(dependencies), ...peers].filter((needed) => needed !== compiler);
}
