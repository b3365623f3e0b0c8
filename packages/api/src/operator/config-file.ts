import { access } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ServerConfig } from "../config.js";
import { assertServerConfig } from "../settings/parse-config.js";

/** A settings file that was read and checked. */
export interface ConfigFile {
  /** The name its owner uses: the path in `KEYWRIGHT_CONFIG`, or the default name. */
  name: string;
  settings: ServerConfig;
}

const defaultNames = ["keywright.config.mjs", "keywright.config.js", "keywright.config.ts"];

/**
 * Reads the settings file: the one in `KEYWRIGHT_CONFIG`, or else one with a default name in `folder`. Null if there is
 * none. Throws an `Error` with one sentence for each fault, naming the file.
 */
export async function readConfigFile(named: string | undefined, folder: string): Promise<ConfigFile | null> {
  const name = named ?? (await findDefault(folder));
  if (name === null) return null;
  const path = resolve(folder, name);
  if (!(await exists(path))) throw new Error(`KEYWRIGHT_CONFIG names ${name}, but there is no such file.`);
  const { default: settings } = await load(name, pathToFileURL(path).href);
  if (!isPlainObject(settings)) {
    throw new Error(`${name} must export its settings as default, as in \`export default defineConfig({ … })\`.`);
  }
  assertServerConfig(settings, name);
  return { name, settings };
}

async function findDefault(folder: string): Promise<string | null> {
  const isThere = await Promise.all(defaultNames.map((name) => exists(resolve(folder, name))));
  const [name, other] = defaultNames.filter((_, index) => isThere[index]);
  if (other) throw new Error(`There are both ${name} and ${other}: keep one, or name one in KEYWRIGHT_CONFIG.`);
  return name ?? null;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function load(name: string, url: string): Promise<{ default?: unknown }> {
  try {
    const loaded: { default?: unknown } = await import(url);
    return loaded;
  } catch (error) {
    throw new Error(
      isTypeScript(error) ? needsNewerNode(name) : `${name} cannot be loaded: ${whyNot(error, basename(name))}`,
    );
  }
}

/** A promise, a list or a date contains no settings, but would pass for an empty object. */
function isPlainObject(value: unknown): boolean {
  return value !== null && typeof value === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value));
}

/** The file, or one that it imports, is TypeScript, which this version of Node cannot read. */
function isTypeScript(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return error.code === "ERR_UNKNOWN_FILE_EXTENSION" && /"\.[cm]?ts"/.test(error.message);
}

function needsNewerNode(name: string): string {
  const advice = "start a newer Node, or write keywright.config.mjs in JavaScript";
  return `${name} is TypeScript, which Node reads from version 22.18 on, and this is ${process.version}: ${advice}.`;
}

/** The first line of the message, and where in the file it was thrown; no stack. */
function whyNot(error: unknown, fileName: string): string {
  if (!(error instanceof Error)) return "it throws something that is not an Error.";
  const message = (error.message.split("\n", 1)[0] ?? "").trim().replace(/\.$/, "") || error.name;
  if (error instanceof SyntaxError) return `${message} (a syntax error: \`node --check\` shows where).`;
  const line = Number.parseInt(error.stack?.split(`${fileName}:`)[1] ?? "", 10);
  return Number.isNaN(line) ? `${message}.` : `${message} (line ${line}).`;
}
