import type { Rows } from "./snapshot.js";

/** What a call came to, as its caller sees it. */
export interface Answer {
  /** Null if it was not refused. */
  reason: string | null;
  body: unknown;
  /** What became of the session's cookie. */
  cookie: "set" | "cleared" | "none";
}

/** Two answers (null: not called) and what is in the tables, without what differs from run to run. */
export interface Outcome {
  answers: (string | null)[];
  reasons: (string | null)[];
  rows: Record<string, string[]>;
}

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;
const token = /^(?:kw[a-z]_|eyJ)/;
/** Changes with every look, and says nothing; or was true a moment ago, when the statement that says it began to wait. */
const idle = new Set([
  "seed",
  "beats",
  "sequence",
  "last_seen_at",
  "expires_at",
  "next_check_at",
  "rotated_by",
  "rotation_salt",
  "hasPassword",
]);

/** Everything that was there before; the rest is new, and as good as any other. */
export function knownOf(rows: Rows): Set<string> {
  const known = new Set<string>();
  const add = (value: unknown, name = ""): void => {
    if (typeof value === "string") known.add(keyOf(value, name));
    else if (value !== null && typeof value === "object")
      for (const [name, part] of Object.entries(value)) add(part, name);
  };
  add(rows);
  return known;
}

/** A lease may have been meant to end in the very millisecond in which something is created now. */
function keyOf(text: string, name: string): string {
  return moment.test(text) ? `${name} ${text}` : text;
}

export function outcomeOf(known: Set<string>, answers: (Answer | null)[], rows: Rows): Outcome {
  return {
    answers: answers.map((answer) => answer && textOf(known, answer)),
    reasons: answers.map((answer) => answer?.reason ?? null),
    rows: Object.fromEntries(
      Object.entries(rows).map(([table, list]) => [table, list.map((row) => JSON.stringify(plain(known, row))).sort()]),
    ),
  };
}

/** Whoever is not signed in any more loses the cookie with the next call at the latest. */
function textOf(known: Set<string>, answer: Answer): string {
  const isOut = answer.reason === "NOT_AUTHENTICATED";
  return JSON.stringify(plain(known, isOut ? { ...answer, cookie: "cleared" } : answer));
}

function plain(known: Set<string>, value: unknown, name = ""): unknown {
  if (typeof value === "string") return plainText(known, value, name);
  if (Array.isArray(value)) return value.map((part, index) => plain(known, part, `${index}`));
  if (value === null || typeof value !== "object") return value;
  const fields = Object.entries(settled(value)).filter(([name]) => !idle.has(name));
  return Object.fromEntries(fields.map(([name, part]) => [name, plain(known, part, name)]));
}

/**
 * A mail that was minted and is dropped before it is noted as sent has gone out all the same, with a dead link. When the
 * next attempt would have been means nothing any more, nor why the last one failed.
 */
function settled(value: object): object {
  const isOver = "settled_at" in value && value.settled_at !== null;
  const past = { status: "settled", secret_hash: null, next_attempt_at: null, last_error: null };
  return isOver ? { ...value, ...past } : value;
}

function plainText(known: Set<string>, text: string, name: string): string {
  if (moment.test(text)) return known.has(keyOf(text, name)) ? "then" : "now";
  if (token.test(text)) return "a token";
  if (text.startsWith("\\x")) return known.has(text) ? text : "a new hash";
  return text.replace(/\bstate=[\w-]+/, "state=new").replace(uuid, (id) => (known.has(id) ? id : "new"));
}

/** Why an outcome is none of those that there may be; null if it is one. */
export function faultOf(outcome: Outcome, { serial, alone }: { serial: Outcome[]; alone: Outcome[] }): string | null {
  const key = JSON.stringify(outcome);
  const isSerial = serial.some((one) => JSON.stringify(one) === key);
  const isFine = isSerial || alone.some((one, at) => isTraceless(outcome, { alone: one, refused: 1 - at, serial }));
  return isFine ? null : describeFault(outcome, serial);
}

/** Refusals that say nothing wrong to somebody who was overtaken. */
const neutral = new Set([
  "NOT_AUTHENTICATED",
  "INVALID_CREDENTIALS",
  "TOKEN_INVALID",
  "USERNAME_TAKEN",
  "UNAVAILABLE",
  "SKIPPED",
]);

/** Whether one call was refused and the other went as if it had been alone; a failed login is recorded all the same. */
function isTraceless(
  outcome: Outcome,
  { alone, refused, serial }: { alone: Outcome; refused: number; serial: Outcome[] },
): boolean {
  const reason = outcome.reasons[refused];
  if (!reason || !(neutral.has(reason) || serial.some(({ reasons }) => reasons[refused] === reason))) return false;
  return outcome.answers[1 - refused] === alone.answers[1 - refused] && sameRows(outcome, alone);
}

function sameRows(one: Outcome, other: Outcome): boolean {
  return JSON.stringify(withoutFailures(one)) === JSON.stringify(withoutFailures(other));
}

function withoutFailures({ rows }: Outcome): Record<string, string[]> {
  return { ...rows, audit_events: (rows.audit_events ?? []).filter((row) => !row.includes('"login.failed"')) };
}

function describeFault(outcome: Outcome, serial: Outcome[]): string {
  const versus = serial.map((reference, index) => {
    const lines = [
      ...differences("answer", outcome.answers.map(String), reference.answers.map(String)),
      ...Object.keys(outcome.rows).flatMap((table) =>
        differences(table, outcome.rows[table] ?? [], reference.rows[table] ?? []),
      ),
    ];
    return `  unlike ${index === 0 ? "A, then B" : "B, then A"}:\n${lines.map((line) => `    ${line}`).join("\n")}`;
  });
  return versus.join("\n");
}

function differences(name: string, here: string[], there: string[]): string[] {
  const only = (list: string[], other: string[]) => {
    const rest = [...other];
    return list.filter((item) => {
      const place = rest.indexOf(item);
      if (place >= 0) rest.splice(place, 1);
      return place < 0;
    });
  };
  return [
    ...only(here, there).map((item) => `+ ${name} ${item}`),
    ...only(there, here).map((item) => `- ${name} ${item}`),
  ];
}
