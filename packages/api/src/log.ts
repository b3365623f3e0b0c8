/** One thing worth telling the operator. Never holds an input, a token, a hash or an address. */
export interface LogEntry {
  level: "info" | "warn" | "error";
  message: string;
  requestId?: string;
  path?: string;
  error?: ErrorSummary;
}

export interface ErrorSummary {
  name: string;
  message: string;
  /** PostgreSQL's SQLSTATE, or the system's error code. */
  code?: string;
  at: string[];
}

export type Log = (entry: LogEntry) => void;

/** One JSON line an entry, on standard error; JSON escapes line breaks and control characters. Lost if nobody reads. */
export function logToStandardError(entry: LogEntry): void {
  const { stderr } = process;
  // Without a listener, a reader that has gone away (EPIPE) would end the process.
  if (stderr.listenerCount("error") === 0) stderr.on("error", () => {});
  stderr.write(`${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`);
}

/**
 * What may be logged of an error. A failed query's message holds SQL with its parameters, and PostgreSQL's own may
 * quote a value: of these only the code and the place are kept.
 */
export function summarize(error: unknown): ErrorSummary {
  if (!(error instanceof Error)) return { name: typeof error, message: "(not an Error)", at: [] };
  const root = rootOf(error);
  const code = "code" in root && typeof root.code === "string" ? root.code : undefined;
  const isQuery = error.name === "DrizzleQueryError" || "query" in error || "severity" in root || root !== error;
  return {
    name: root.name,
    message: isQuery ? "(withheld: it may hold parameters)" : error.message.slice(0, 300),
    ...(code === undefined ? {} : { code }),
    at: framesOf(error),
  };
}

/** An error whose message could quote a secret, as one that may be logged: our sentence, its name, and its place. */
export function withheld(thrown: unknown, sentence: string): Error {
  const { name, stack } = thrown instanceof Error ? thrown : new Error();
  const failure = new Error(`${sentence}: ${name}.`);
  const frames = (stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  failure.stack = [String(failure), ...frames].join("\n");
  return failure;
}

function rootOf(error: Error): Error {
  let root = error;
  for (let depth = 0; depth < 5 && root.cause instanceof Error; depth++) root = root.cause;
  return root;
}

/** Only the frames: the first lines of a stack repeat the message. */
function framesOf(error: Error): string[] {
  return (error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim());
}
