const UNIQUE = "23505";
const FOREIGN_KEY = "23503";
const UNDEFINED_TABLE = "42P01";
const LOCK_NOT_AVAILABLE = "55P03";

/** Codes of Node's sockets and of postgres.js when no server answers. */
const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "CONNECT_TIMEOUT",
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
]);

/**
 * SQLSTATEs that another time or another server would not answer: 08 connection, 53 resources (53300: too many
 * connections), 57014 time limit, 57P01–57P05 shutting down or starting, 25006 read-only standby, 25P03 idle too long.
 */
const OUT_OF_SERVICE = /^(08...|53...|57014|57P0[1-5]|25006|25P03)$/;

/** The name of the unique or foreign-key constraint that refused a statement, or null for any other error. */
export function violatedConstraint(error: unknown): string | null {
  const fault = faults(error).find(({ code }) => code === UNIQUE || code === FOREIGN_KEY);
  return fault?.constraint ?? null;
}

/** Whether the database could not answer now, as opposed to a refusal or a bug: the caller may try again later. */
export function isUnavailable(error: unknown): boolean {
  return faults(error).some(({ code }) => UNREACHABLE.has(code) || OUT_OF_SERVICE.test(code));
}

/** Whether PostgreSQL ended this transaction in favour of another one: the same work may be tried again at once. */
export function isDeadlock(error: unknown): boolean {
  return faults(error).some(({ code }) => code === "40P01" || code === "40001");
}

/** Whether a statement did not get a lock within `lock_timeout`. */
export function isLockTimeout(error: unknown): boolean {
  return faults(error).some(({ code }) => code === LOCK_NOT_AVAILABLE);
}

/** Whether a statement named a table that is not there (yet). */
export function isMissingTable(error: unknown): boolean {
  return faults(error).some(({ code }) => code === UNDEFINED_TABLE);
}

/** What the error and its causes say: Drizzle wraps the driver's error, and each driver has its own names. */
function faults(error: unknown): { code: string; constraint: string | null }[] {
  const found = [];
  let current = error;
  for (let depth = 0; depth < 8 && current instanceof Error; depth++) {
    const constraint = text(current, "constraint_name") ?? text(current, "constraint"); // postgres.js, PGlite
    found.push({ code: text(current, "code") ?? "", constraint });
    current = current.cause;
  }
  return found;
}

function text(error: Error, key: string): string | null {
  const value: unknown = Reflect.get(error, key);
  return typeof value === "string" ? value : null;
}
