const UNIQUE = "23505";
const FOREIGN_KEY = "23503";
/** Of `on delete restrict`, from PostgreSQL 18 on. */
const RESTRICT = "23001";
const UNDEFINED_TABLE = "42P01";
const LOCK_NOT_AVAILABLE = "55P03";

/** Codes from Node's sockets and from postgres.js when the server cannot be reached. */
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
 * SQLSTATEs that are temporary or specific to one server: 08 connection, 53 resources (53300: too many connections),
 * 57014 time limit, 57P01–57P05 shutting down or starting, 25006 read-only standby, 25P03 idle too long,
 * 55000 a database that lets nobody in at the moment.
 */
const OUT_OF_SERVICE = /^(08...|53...|57014|57P0[1-5]|25006|25P03|55000)$/;

/** The name of the unique or foreign-key constraint that a statement violated, or null for any other error. */
export function violatedConstraint(error: unknown): string | null {
  const fault = faults(error).find(({ code }) => code === UNIQUE || code === FOREIGN_KEY);
  return fault?.constraint ?? null;
}

/**
 * The name of a foreign key of the app's own by which its rows refer to what a statement, or a commit, would have removed;
 * null for any other error. Our own foreign keys all cascade.
 */
export function referringConstraint(error: unknown): string | null {
  const fault = faults(error).find(({ code }) => code === FOREIGN_KEY || code === RESTRICT);
  return fault && fault.schema !== "keywright" ? fault.constraint : null;
}

/** Whether a value was none of its type, such as a text that is no UUID. SQLSTATE class 22. */
export function isRefusedValue(error: unknown): boolean {
  return faults(error).some(({ code }) => /^22...$/.test(code));
}

/** Whether the database is unavailable for now, as opposed to a refusal or a bug: the caller may try again later. */
export function isUnavailable(error: unknown): boolean {
  return faults(error).some(({ code }) => UNREACHABLE.has(code) || OUT_OF_SERVICE.test(code));
}

/** Whether the database, or the way to it, is at fault in any way: a caller's work says nothing by it. */
export function isDatabaseFault(error: unknown): boolean {
  return isUnavailable(error) || faults(error).some(({ code, isQuery }) => isQuery || /^[0-9A-Z]{5}$/.test(code));
}

/**
 * Whether this transaction can be repeated at once, because it was undone whole and not for anything in it: PostgreSQL
 * aborted it to resolve a deadlock, or because of a stale plan.
 */
export function isRepeatable(error: unknown): boolean {
  return faults(error).some(({ code }) => code === "40P01" || code === "40001") || isStalePlan(error);
}

/**
 * Whether a statement did not run because its prepared form is not there (a pooler took another connection to the
 * server), is there already, or was prepared before a migration changed its tables.
 */
export function isStalePlan(error: unknown): boolean {
  return faults(error).some(
    ({ code, routine }) => code === "26000" || code === "42P05" || (routine !== null && changed.has(routine)),
  );
}

/** Where PostgreSQL finds out that a table has changed; the codes stand for other faults too. */
const changed = new Set(["RevalidateCachedQuery", "transformAssignedExpr"]);

/** Whether the user lacks a right in the database. */
export function isForbidden(error: unknown): boolean {
  return faults(error).some(({ code }) => code === "42501");
}

/** Whether the server takes no writes: a standby, or a database set to read-only. */
export function isReadOnly(error: unknown): boolean {
  return faults(error).some(({ code }) => code === "25006");
}

/** Whether a statement did not get a lock within `lock_timeout`. */
export function isLockTimeout(error: unknown): boolean {
  return faults(error).some(({ code }) => code === LOCK_NOT_AVAILABLE);
}

/** Whether a statement referred to a table that does not exist (yet). */
export function isMissingTable(error: unknown): boolean {
  return faults(error).some(({ code }) => code === UNDEFINED_TABLE);
}

interface Fault {
  code: string;
  /** Whether it is Drizzle's, which wraps all that goes wrong in a statement. */
  isQuery: boolean;
  constraint: string | null;
  /** Of the table that has the constraint. */
  schema: string | null;
  /** Where in PostgreSQL it was found. */
  routine: string | null;
}

/** What PostgreSQL says of the error and its causes: Drizzle wraps the driver's error, and each driver names it otherwise. */
function faults(error: unknown): Fault[] {
  const found: Fault[] = [];
  let current = error;
  for (let depth = 0; depth < 8 && current instanceof Error; depth++) {
    found.push({
      code: text(current, "code") ?? "",
      isQuery: text(current, "query") !== null,
      constraint: text(current, "constraint_name") ?? text(current, "constraint"), // postgres.js, PGlite
      schema: text(current, "schema_name") ?? text(current, "schema"),
      routine: text(current, "routine"),
    });
    current = current.cause;
  }
  return found;
}

function text(error: Error, key: string): string | null {
  const value: unknown = Reflect.get(error, key);
  return typeof value === "string" ? value : null;
}
