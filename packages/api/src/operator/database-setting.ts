import { readConfigFile } from "./config-file.js";
import { type Environment, mergeSources } from "./config-sources.js";
import { databaseAddress } from "./config-values.js";

/** Which database, and what its owner calls the setting. */
export interface DatabaseSetting {
  database: string;
  databaseSetting: string;
}

/**
 * Reads that one setting, for work that needs no other: an app that mounts the routers may keep the rest elsewhere. Throws
 * an `Error` that names it, without its value.
 */
export async function loadDatabase(environment: Environment, folder: string): Promise<DatabaseSetting> {
  const file = await readConfigFile(environment.KEYWRIGHT_CONFIG?.trim() || undefined, folder);
  const { given, nameOf } = mergeSources(environment, file, ["DATABASE_URL"]);
  const databaseSetting = nameOf("DATABASE_URL");
  if (environment.NODE_ENV === "production" && given.DATABASE_URL === undefined) {
    throw new Error("DATABASE_URL must be set in production: to postgres://USER:PASSWORD@HOST/DATABASE.");
  }
  const parsed = databaseAddress.safeParse(given.DATABASE_URL);
  if (parsed.success) return { database: parsed.data, databaseSetting };
  throw new Error(parsed.error.issues.map(({ message }) => message.replace(/^\w+/, databaseSetting)).join("\n"));
}
