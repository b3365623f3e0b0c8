const unreachable = "does not answer: start it, or correct the host and the port";

/** Reasons why a database cannot be used, by the code from PostgreSQL or the network. */
const databaseFaults: Record<string, string> = {
  ECONNREFUSED: unreachable,
  ECONNRESET: unreachable,
  ETIMEDOUT: unreachable,
  ENOTFOUND: unreachable,
  EAI_AGAIN: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  CONNECT_TIMEOUT: unreachable,
  CONNECTION_CLOSED: unreachable,
  CONNECTION_ENDED: unreachable,
  "57P03": "is still starting: try again in a moment",
  "53300": "has no connections left: raise its max_connections, or start fewer servers",
  "28P01": "refuses this user or password: correct them",
  "28000": "refuses this user or password: correct them",
  "3D000": "does not exist on this server: create it",
  "42501": "does not let this user create tables: grant it",
};

/**
 * Why the server did not start, in a sentence, without a stack and without anything that a failed query's message
 * quotes. `databaseSetting` is the reader's name for the setting that contains the database.
 */
export function startFault(error: unknown, databaseSetting: string): string {
  if (!(error instanceof Error)) return "Keywright cannot start.";
  const { root, isQuery } = rootOf(error);
  const code = "code" in root && typeof root.code === "string" ? root.code : "";
  if (isQuery)
    return `The database set by ${databaseSetting} ${databaseFaults[code] ?? "cannot be prepared"} (${code}).`;
  return error.message.endsWith(".") ? error.message : `Keywright cannot start: ${error.message}`;
}

function rootOf(error: Error): { root: Error; isQuery: boolean } {
  let root = error;
  for (let depth = 0; depth < 5 && root.cause instanceof Error; depth++) root = root.cause;
  return { root, isQuery: root !== error || "query" in error };
}
