import { isKeywrightError, reasons } from "./contract/reasons.js";

/** One thing the operator should know. Never contains an input, a token, a hash or an address. */
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

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
/** The least that is logged. */
export type LogLevel = (typeof logLevels)[number];

export type Log = (entry: LogEntry) => void;

/**
 * One line of JSON per entry, on standard error; JSON escapes line breaks and control characters. Lost if nobody reads
 * it.
 */
export function logToStandardError(entry: LogEntry): void {
  const stderr = process.stderr;
  // Without a listener, a reader that has gone away (EPIPE) would crash the process.
  if (stderr.listenerCount("error") === 0) stderr.on("error", () => {});
  stderr.write(`${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`);
}

/** The app's own function if there is one. Entries that it fails at go to standard error: no call fails for it. */
export function safeLog(own: Log | undefined): Log {
  if (!own) return logToStandardError;
  return (entry) => {
    const rescue = () => logToStandardError(entry);
    try {
      // It may be asynchronous all the same, and its rejection would end the process.
      Promise.resolve(own(entry)).catch(rescue);
    } catch {
      rescue();
    }
  };
}

/** One for all copies of this package in a process: a settings file has its own, whose mailer's errors are ours to log. */
const loggable = sharedErrors(Symbol.for("keywright.loggable-errors"));

function sharedErrors(name: symbol): WeakSet<Error> {
  const known: unknown = Reflect.get(globalThis, name);
  if (known instanceof WeakSet) return known;
  const made = new WeakSet<Error>();
  Reflect.set(globalThis, name, made);
  return made;
}

/**
 * An error whose message may be logged: it is our own, and quotes nothing supplied by a caller or a hook of the app.
 */
export function loggableError(sentence: string): Error {
  const error = new Error(sentence);
  loggable.add(error);
  return error;
}

/**
 * What may be logged about an error: its name, its code and where it was thrown. Other people's messages may quote a
 * password, a token or a query's parameters, so they are withheld. Messages of `loggableError` and of our own refusals
 * are kept.
 */
export function summarize(error: unknown): ErrorSummary {
  // What the caller is told of it says nothing to the operator.
  if (isKeywrightError(error) && error.cause instanceof Error) return summarize(error.cause);
  if (!(error instanceof Error)) return { name: typeof error, message: "(not an Error)", at: [] };
  const root = rootOf(error);
  const code = "code" in root ? wordOf(root.code) : null;
  return {
    name: nameOf(root),
    message: messageOf(error),
    ...(code === null ? {} : { code }),
    at: framesOf(error),
  };
}

/**
 * Replaces an error whose message could quote a secret by a loggable one: our sentence, its name, its code and its stack
 * frames.
 */
export function withheld(thrown: unknown, sentence: string): Error {
  if (thrown instanceof Error && loggable.has(thrown)) return thrown;
  const cause = thrown instanceof Error ? thrown : new Error();
  const { name, code } = summarize(cause);
  const failure = Object.assign(loggableError(`${sentence}: ${name}.`), { name, code });
  failure.stack = [String(failure), ...framesOf(cause).map((frame) => `    ${frame}`)].join("\n");
  return failure;
}

function messageOf(error: Error): string {
  if (isKeywrightError(error)) return reasons[error.reason][1];
  return loggable.has(error) ? error.message.slice(0, 300) : "(withheld: it may quote what was sent)";
}

function nameOf(error: Error): string {
  return wordOf(error.name) ?? "Error";
}

/** Names and codes are single words; a sentence there is somebody's text. */
function wordOf(text: unknown): string | null {
  return typeof text === "string" && /^[\w$.-]{1,60}$/.test(text) ? text : null;
}

function rootOf(error: Error): Error {
  let root = error;
  for (let depth = 0; depth < 5 && root.cause instanceof Error; depth++) root = root.cause;
  return root;
}

const maxFrames = 8;
/** As V8 writes them: a function, and a place in a file. A line of some text that only begins like one is not enough. */
const frame =
  /^ {4}at (?:(?:async )?(?:new )?[\w$.<>#]+(?: \[as [\w$.]+\])? \()?(?:async )?(?:file:\/\/|node:|\/|[A-Z]:\\)[^\n()]*:\d+:\d+\)?$/;

/**
 * The frames of a stack, which begins with name and message. A message can contain lines that look like frames, so
 * nothing is taken from before its end; and nothing at all if the stack was captured with another message.
 */
function framesOf({ stack, message }: Error): string[] {
  const text = String(stack ?? "");
  const start = text.indexOf(message);
  const [rest = "", ...frames] = text.slice(start + message.length).split("\n");
  const header = text.slice(0, Math.max(start, 0)) + rest;
  if (start === -1 || !/^(?:[\w$.]+(?: \[\w+\])?(?:: )?)?$/.test(header)) return [];
  return frames
    .filter((line) => frame.test(line))
    .slice(0, maxFrames)
    .map((line) => line.trim().slice(0, 300));
}
