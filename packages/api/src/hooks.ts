import { isUnavailable } from "@keywright/db";
import { isKeywrightError, KeywrightError } from "./contract/reasons.js";
import { loggableError, withheld } from "./log.js";

export interface HookSettings {
  /** How long a call waits for a function of the app's own, in milliseconds. Default 5000. */
  timeoutMs: number;
  /**
   * What happens to a call if the app's `gate` throws or takes too long: `closed` refuses it with `UNAVAILABLE`, `open`
   * lets it pass. Default `closed`.
   */
  gateFailure: "closed" | "open";
}

/** A function of the app's own. */
export interface Hook {
  /** As the app wrote it in its configuration, such as `passwordRule`. */
  name: string;
  timeoutMs: number;
}

/**
 * Calls a function of the app's own. It may refuse the caller with an error of ours or of tRPC's. If it throws anything
 * else, or takes too long, throws `UNAVAILABLE`, whose cause tells the log which function failed and nothing that it
 * said: its messages may quote a password.
 */
export async function callHook<T>({ name, timeoutMs }: Hook, work: () => T | PromiseLike<T>): Promise<T> {
  const late = () => unavailable(loggableError(`The app's \`${name}\` did not finish within ${timeoutMs} ms.`));
  try {
    return await inTime(timeoutMs, work, late);
  } catch (error) {
    if (isKeywrightError(error) || isRefusalOfTrpc(error) || isUnavailable(error)) throw error;
    throw unavailable(withheld(error, `The app's \`${name}\` failed`));
  }
}

/** Waits for the work no longer than this. If it fails later, nobody hears of it. */
export async function inTime<T>(ms: number, work: () => T | PromiseLike<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work(), end]);
  } finally {
    clearTimeout(timer);
  }
}

function unavailable(cause: Error): KeywrightError {
  return new KeywrightError("UNAVAILABLE", { cause });
}

/** By what it is: the app has its own copy of tRPC. */
function isRefusalOfTrpc(error: unknown): boolean {
  const isTrpc = error instanceof Error && error.name === "TRPCError" && "code" in error;
  return isTrpc && error.code !== "INTERNAL_SERVER_ERROR";
}
