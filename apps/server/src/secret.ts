import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The secret of a development server: generated once, then read again, by its owner only. Processes that start at the
 * same moment agree on one.
 */
export async function keptSecret(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const file = join(folder, "secret");
  const secret = (await readOrNull(file)) ?? (await makeSecret(file));
  if (secret.length >= 32) return secret;
  throw new Error(`${file} is damaged: remove it, and access tokens and waiting links end.`);
}

async function makeSecret(file: string): Promise<string> {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  await writeFile(draft, `${randomBytes(48).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  try {
    // A link is as exclusive as the flag, and the file never exists without its content: whoever comes second reads it
    // whole.
    await link(draft, file).catch(unlessItExists);
  } finally {
    await rm(draft, { force: true });
  }
  return (await readFile(file, "utf8")).trim();
}

async function readOrNull(file: string): Promise<string | null> {
  try {
    const content = await readFile(file, "utf8");
    await chmod(file, 0o600);
    return content.trim();
  } catch (error) {
    if (isCode(error, "ENOENT")) return null;
    throw error;
  }
}

function unlessItExists(error: unknown): void {
  if (!isCode(error, "EEXIST")) throw error;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
