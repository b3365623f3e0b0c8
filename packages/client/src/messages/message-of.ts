import { fieldErrorsOf, reasonOf, retryAfterOf } from "../errors.js";
import type { FieldReason } from "../index.js";

/** What to tell people, by reason. `NO_ANSWER` is for calls that no server has refused; `{count}` is put in. */
export type Messages = Record<FieldReason | "NO_ANSWER" | "WAIT_SECONDS" | "WAIT_MINUTES", string>;

/**
 * What to tell people about a call that failed, in the language of the catalogue: `messageOf(failure, english)`, or with
 * words of your own, `messageOf(failure, { ...english, INVALID_CREDENTIALS: "No luck." })`. It says how long to wait
 * where the server does, and what the server's own gate has to say. A reason that is newer than the catalogue is told as `INTERNAL`.
 */
export function messageOf(failure: unknown, messages: Messages): string {
  const reason = reasonOf(failure);
  const message = ownWordsOf(failure, reason) ?? messages[reason ?? "NO_ANSWER"] ?? messages.INTERNAL;
  const seconds = retryAfterOf(failure);
  return seconds === null ? message : `${message} ${waiting(seconds, messages)}`;
}

function ownWordsOf(failure: unknown, reason: string | null): string | null {
  if (reason !== "REFUSED_BY_APP" || !(failure instanceof Error)) return null;
  // What a server says whose gate has said nothing.
  return failure.message === "The app refuses this." ? null : failure.message;
}

/** The first thing that is wrong with each field of the input, by path, in the language of the catalogue. */
export function fieldMessagesOf(failure: unknown, messages: Messages): Record<string, string> {
  const faults = Object.entries(fieldErrorsOf(failure));
  return Object.fromEntries(
    faults.flatMap(([path, [fault]]) => (fault ? [[path, messages[fault.reason] ?? messages.INVALID]] : [])),
  );
}

function waiting(seconds: number, { WAIT_SECONDS, WAIT_MINUTES }: Messages): string {
  const isLong = seconds > 120;
  const count = isLong ? Math.ceil(seconds / 60) : seconds;
  return (isLong ? WAIT_MINUTES : WAIT_SECONDS).replace("{count}", String(count));
}
