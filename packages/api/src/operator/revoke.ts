import { type Connection, connect, isMigrated, isRepeatable, type Revoked, revokeEverything } from "@keywright/db";
import { secretMailKinds } from "../mail/plan.js";
import { readConfigFile } from "./config-file.js";
import { type Environment, mergeSources } from "./config-sources.js";

export type { Revoked };

/**
 * After a backup was restored: what was ended since then would be alive again, and a link that was used would be mailed
 * once more. Ends all sessions, refresh tokens, mailed secrets and waiting mails with one, in one transaction; returns
 * how many. Rejects with what `startFault` makes a sentence of.
 */
export async function afterRestore(database: string, onWarning?: (message: string) => void): Promise<Revoked> {
  return await revoke(database, { forgetsProviderTokens: false, onWarning });
}

/**
 * After `KEYWRIGHT_SECRET` has leaked and was replaced: the same, and the kept tokens of sign-in providers, which were
 * encrypted with it, are erased.
 */
export async function revokeAll(database: string, onWarning?: (message: string) => void): Promise<Revoked> {
  return await revoke(database, { forgetsProviderTokens: true, onWarning });
}

/** What its owner calls the setting with a previous secret; null if there is none. */
export async function previousSecretSetting(environment: Environment, folder: string): Promise<string | null> {
  const file = await readConfigFile(environment.KEYWRIGHT_CONFIG?.trim() || undefined, folder);
  const { given, nameOf } = mergeSources(environment, file, ["KEYWRIGHT_SECRET_PREVIOUS"]);
  return given.KEYWRIGHT_SECRET_PREVIOUS === undefined ? null : nameOf("KEYWRIGHT_SECRET_PREVIOUS");
}

interface Revocation {
  forgetsProviderTokens: boolean;
  onWarning: ((message: string) => void) | undefined;
}

async function revoke(database: string, { forgetsProviderTokens, onWarning = () => {} }: Revocation): Promise<Revoked> {
  const connection = await connect(database, { onWarning });
  try {
    if (!(await isMigrated(connection))) throw new Error("Migrations are missing: run `keywright migrate` first.");
    return await repeated(connection, { now: new Date(), mailKinds: secretMailKinds, forgetsProviderTokens });
  } finally {
    await connection.close();
  }
}

const maxTries = 5;

/** Instances that are still running may lock the same rows in another order. */
async function repeated(connection: Connection, what: Parameters<typeof revokeEverything>[1]): Promise<Revoked> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await connection.unhurried((db) => db.transaction((tx) => revokeEverything(tx, what)));
    } catch (error) {
      if (attempt === maxTries || !isRepeatable(error)) throw error;
    }
  }
}
