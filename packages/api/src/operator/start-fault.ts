const unreachable = "does not answer: start it, or correct the host and the port";
const untrusted =
  "has a certificate of an authority that this machine does not know: name the authority's file by sslrootcert";

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
  "25006": "is read-only, a standby for instance: name the primary, or all hosts and target_session_attrs=read-write",
  TLS_REQUIRED: "accepts encrypted connections (TLS) only: add sslmode=require to its address",
  TLS_UNAVAILABLE: "does not speak TLS: set that up there, or remove sslmode from its address",
  OPTIONS_REFUSED: "is behind a pooler that does not accept options: remove them from its address",
  "08P01": "is behind a pooler that refuses the connection: its log says why",
  ERR_TLS_CERT_ALTNAME_INVALID: "has a certificate for another host: use the name that is in it",
  CERT_HAS_EXPIRED: "has a certificate that has expired: renew it",
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
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
  // A sentence of our own about the setting calls it by the server's name for it.
  if (error.message.endsWith(".")) return error.message.replace("DATABASE_URL", databaseSetting);
  return `Keywright cannot start: ${error.message}`;
}

function rootOf(error: Error): { root: Error; isQuery: boolean } {
  let root = error;
  for (let depth = 0; depth < 5 && root.cause instanceof Error; depth++) root = root.cause;
  return { root, isQuery: root !== error || "query" in error };
}
