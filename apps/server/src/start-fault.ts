const away = "does not answer: start it, or correct the host and the port";

/** What PostgreSQL and the network say about a database that cannot be used, by code. */
const databaseFaults: Record<string, string> = {
  ECONNREFUSED: away,
  ECONNRESET: away,
  ETIMEDOUT: away,
  ENOTFOUND: away,
  EAI_AGAIN: away,
  EHOSTUNREACH: away,
  ENETUNREACH: away,
  CONNECT_TIMEOUT: away,
  CONNECTION_CLOSED: away,
  CONNECTION_ENDED: away,
  "57P03": "is still starting: try again in a moment",
  "53300": "has no connection left: raise its max_connections, or start fewer servers",
  "28P01": "refuses this user or password: correct them",
  "28000": "refuses this user or password: correct them",
  "3D000": "does not exist on this server: create it",
  "42501": "does not let this user create tables: grant it",
};

/**
 * Why the server did not start, in a sentence, without a stack and without what a failed query's message quotes.
 * `databaseSetting` is what the reader calls the setting that names the database.
 */
export function startFault(error: unknown, databaseSetting: string): string {
  if (!(error instanceof Error)) return "Keywright cannot start.";
  const { root, isQuery } = rootOf(error);
  const code = "code" in root && typeof root.code === "string" ? root.code : "";
  if (isQuery)
    return `The database that ${databaseSetting} names ${databaseFaults[code] ?? "cannot be prepared"} (${code}).`;
  return error.message.endsWith(".") ? error.message : `Keywright cannot start: ${error.message}`;
}

function rootOf(error: Error): { root: Error; isQuery: boolean } {
  let root = error;
  for (let depth = 0; depth < 5 && root.cause instanceof Error; depth++) root = root.cause;
  return { root, isQuery: root !== error || "query" in error };
}
