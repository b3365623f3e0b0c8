/** What is found out on the way. */
export interface Notes {
  /** What superjson annotates: pairs of a path and a mark, with a comma after each. */
  marks: string;
  /** superjson also says which of them are one object. */
  dates: Date[];
  /** Something that the schema may or may not take: the schema itself decides. */
  isDoubtful: boolean;
}

/** `at` is the path so far. Null if the schema certainly refuses the value. */
export type Write = (value: unknown, notes: Notes, at: string) => string | null;

/** Anything but these may need an escape in JSON: controls, the quote, the backslash, and halves of characters. */
const unescaped = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;

export function quoted(text: string): string {
  return unescaped.test(text) ? `"${text}"` : JSON.stringify(text);
}

export function writeText(value: unknown): string | null {
  return typeof value === "string" ? quoted(value) : null;
}

export function writeBoolean(value: unknown): string | null {
  return typeof value === "boolean" ? String(value) : null;
}

/** A path consists of names and indices, which need no escapes. */
export function mark(notes: Notes, at: string, kind: string): void {
  notes.marks += at === "" ? `:["${kind}"],` : `"${at}":["${kind}"],`;
}

export function writeNumber(value: unknown, notes: Notes, at: string): string | null {
  if (typeof value !== "number" || !Number.isFinite(value)) return null;
  if (!Object.is(value, -0)) return String(value);
  mark(notes, at, "number");
  return '"-0"';
}

export function writeDate(value: unknown, notes: Notes, at: string): string | null {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) return null;
  mark(notes, at, "Date");
  notes.dates.push(value);
  return `"${value.toISOString()}"`;
}

export function writerOfTexts(texts: readonly unknown[]): Write | null {
  const written = new Map(texts.map((text) => [text, JSON.stringify(text)]));
  return texts.every((text) => typeof text === "string") ? (value) => written.get(value) ?? null : null;
}
