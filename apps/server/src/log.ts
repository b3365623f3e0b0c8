import type { KeywrightEvent, Log } from "@keywright/api";
import type { LogLevel } from "@keywright/api/operator";
import { pino } from "pino";

export interface RequestLine {
  method: string;
  /** The procedures, or the route's pattern: nothing that a caller has written. */
  path: string;
  status: number;
  ms: number;
  requestId: string;
  ip: string | null;
}

/** What the server writes down, one line of JSON each, on standard error. Every field is named here or in the library. */
export interface ServerLog {
  log: Log;
  event(event: KeywrightEvent): void;
  request(line: RequestLine): void;
}

const suspicious: readonly KeywrightEvent["kind"][] = ["login.failed", "refresh.reused", "refresh.shared"];
const probes: readonly string[] = ["/healthz", "/readyz"];

export function createServerLog(level: LogLevel): ServerLog {
  const options = {
    level,
    base: null,
    messageKey: "message",
    timestamp: () => `,"at":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const logger = pino(options, process.stderr);
  return {
    log: ({ level, message, ...fields }) => logger[level](fields, message),
    // Addresses of an e-mail change stay out.
    event({ kind, userId, sessionId, ip, userAgent, requestId }) {
      const fields = { event: kind, userId, sessionId, ip, userAgent, requestId };
      logger[suspicious.includes(kind) ? "warn" : "info"](fields, "A security event.");
    },
    request(line) {
      const isQuiet = probes.includes(line.path) && line.status === 200;
      logger[isQuiet ? "debug" : "info"](line, "A request.");
    },
  };
}
