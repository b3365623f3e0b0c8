import { isUnavailable } from "../faults.js";
import { connectionFault } from "./pool.js";

/** Whether a pooler does not know one of the time limits that we send with a connection's first message. */
export function refusesStartupLimits(error: unknown): boolean {
  return (
    codeOf(error) === "08P01" && /\b(?:statement_timeout|idle_in_transaction_session_timeout)\b/.test(textOf(error))
  );
}

/** Whether another host may serve where this one does not: it cannot be reached, is full, or is a standby. */
export function isElsewhere(error: unknown): boolean {
  return isUnavailable(error) || codeOf(error) === "TLS_UNAVAILABLE";
}

/**
 * The fault by which a connection could not be opened. That a server wants TLS has no code of its own: it is in
 * the text, in the words of PostgreSQL and of several hosts.
 */
export function explained(error: unknown): unknown {
  const wantsTls =
    /\bno encryption\b|\bSSL off\b|\b(?:SSL|TLS)\b.*\brequired?\b|\brequires? (?:SSL|TLS)\b|sslmode=require/i;
  if (/^(?:28000|08P01|08004|XX000)$/.test(codeOf(error)) && wantsTls.test(textOf(error)))
    return connectionFault("TLS_REQUIRED", "PostgreSQL accepts encrypted connections only");
  if (codeOf(error) === "08P01" && /startup parameter.*\boptions\b|\boptions: /.test(textOf(error)))
    return connectionFault("OPTIONS_REFUSED", "The pooler in front of PostgreSQL does not accept options");
  return error;
}

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}
