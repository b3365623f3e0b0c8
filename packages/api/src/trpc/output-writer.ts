import { z } from "zod";
import {
  mark,
  type Notes,
  quoted,
  type Write,
  writeBoolean,
  writeDate,
  writeNumber,
  writerOfTexts,
  writeText,
} from "./leaf-writers.js";

/** Writes a value as superjson would send it; null if it had better be asked. */
export type WriteOutput = (value: unknown) => string | null;

/**
 * Writes the outputs of a schema in one go: checks them as the schema does, takes the schema's keys and no others, and
 * says to the letter what superjson says about what the schema lets through. Null for schemas with anything out of the
 * ordinary, which superjson writes.
 */
export function compileOutput(schema: z.core.$ZodType): WriteOutput | null {
  const write = writerOf(schema);
  if (!write) return null;
  return (value) => {
    const notes: Notes = { marks: "", dates: [], isDoubtful: false };
    const json = write(value, notes, "");
    const { marks, dates, isDoubtful } = notes;
    if (json === null || isDoubtful || new Set(dates).size < dates.length) return null;
    return marks === "" ? `{"json":${json}}` : `{"json":${json},"meta":{"values":${valuesOf(marks)},"v":1}}`;
  };
}

/** A mark without a path is that of the whole. */
function valuesOf(marks: string): string {
  const all = marks.slice(0, -1);
  return all.startsWith(":") ? all.slice(1) : `{${all}}`;
}

function writerOf(schema: z.core.$ZodType): Write | null {
  if (!isPlain(schema)) return null;
  if (schema instanceof z.ZodString) return writeText;
  if (schema instanceof z.ZodBoolean) return writeBoolean;
  if (schema instanceof z.ZodNumber) return writeNumber;
  if (schema instanceof z.ZodDate) return writeDate;
  if (schema instanceof z.ZodEnum) return writerOfTexts(schema.options);
  if (schema instanceof z.ZodLiteral) return writerOfTexts([...schema.values]);
  return writerOfCompound(schema);
}

function writerOfCompound(schema: z.core.$ZodType): Write | null {
  if (schema instanceof z.ZodNullable) return nullable(writerOf(schema.unwrap()));
  if (schema instanceof z.ZodArray) return writerOfList(schema);
  if (schema instanceof z.ZodObject) return writerOfObject(schema);
  if (schema instanceof z.ZodUnion) return firstOf(schema.options.map(writerOf));
  return null;
}

/** Neither converts nor refines, except that a list may have a limit. */
function isPlain(schema: z.core.$ZodType): boolean {
  const { def } = schema._zod;
  const isConverting = "coerce" in def && def.coerce === true;
  const isSpecial = "format" in def || "discriminator" in def || ("inclusive" in def && def.inclusive === false);
  return !isConverting && !isSpecial && (schema instanceof z.ZodArray || !def.checks?.length);
}

function nullable(write: Write | null): Write | null {
  return write && ((value, notes, at) => (value === null ? "null" : write(value, notes, at)));
}

/** Of a key that is there. */
function optional(write: Write | null): Write | null {
  return (
    write &&
    ((value, notes, at) => {
      if (value !== undefined) return write(value, notes, at);
      mark(notes, at, "undefined");
      return "null";
    })
  );
}

/** An option that refuses the value leaves no notes. */
function firstOf(options: (Write | null)[]): Write | null {
  const writes = options.filter((write) => write !== null);
  if (writes.length < options.length) return null;
  return (value, notes, at) => {
    const { marks, dates } = notes;
    for (const write of writes) {
      notes.marks = marks;
      notes.dates = [...dates];
      const json = write(value, notes, at);
      if (json !== null) return json;
    }
    return null;
  };
}

function writerOfList({ element, def }: z.ZodArray): Write | null {
  const limit = limitOf(def.checks ?? []);
  const write = writerOf(element);
  if (limit === null || !write) return null;
  return (value, notes, at) => {
    if (!Array.isArray(value)) return null;
    notes.isDoubtful ||= value.length > limit;
    if (notes.isDoubtful) return null;
    const items: string[] = [];
    let isDeep = false;
    for (let index = 0; index < value.length; index++) {
      const marked = notes.marks.length;
      const place = below(at, index);
      const json = write(value[index], notes, place);
      if (json === null) return null;
      items.push(json);
      // superjson's marks of the items themselves come first, since JavaScript moves numbers to the front.
      const isOwn = notes.marks.startsWith(`"${place}":[`, marked);
      notes.isDoubtful ||= isOwn && isDeep;
      isDeep ||= notes.marks.length > marked && !isOwn;
    }
    return `[${items.join(",")}]`;
  };
}

/** Null for another kind of check. */
function limitOf(checks: z.core.$ZodCheck<never>[]): number | null {
  let limit = Number.POSITIVE_INFINITY;
  for (const check of checks) {
    if (!(check instanceof z.core.$ZodCheckMaxLength)) return null;
    limit = Math.min(limit, check._zod.def.maximum);
  }
  return limit;
}

function below(at: string, key: string | number): string {
  return at === "" ? String(key) : `${at}.${key}`;
}

interface Field {
  key: string;
  /** The quoted key and a colon. */
  head: string;
  write: Write;
  isOptional: boolean;
}

/** superjson's paths escape some keys, it refuses others, and JavaScript moves numbers to the front. */
const plainKey = /^[A-Za-z_]\w*$/;

function fieldOf([key, schema]: [string, z.core.$ZodType]): Field | null {
  const isOptional = schema instanceof z.ZodOptional && !(schema instanceof z.ZodExactOptional) && isPlain(schema);
  const write = isOptional ? optional(writerOf(schema.unwrap())) : writerOf(schema);
  return write && plainKey.test(key) && !(key in {}) ? { key, head: `${quoted(key)}:`, write, isOptional } : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function writerOfObject({ shape, def }: z.ZodObject): Write | null {
  const isStrict = def.catchall instanceof z.ZodNever;
  const fields = Object.entries<z.core.$ZodType>(shape).map(fieldOf);
  const known = fields.filter((field) => field !== null);
  if (known.length < fields.length || (def.catchall && !isStrict)) return null;
  return (value, notes, at) => {
    if (!isRecord(value)) return null;
    let text = "";
    let count = 0;
    for (const field of known) {
      const given = value[field.key];
      if (field.isOptional && given === undefined && !(field.key in value)) continue;
      const json = field.write(given, notes, below(at, field.key));
      if (json === null) return null;
      text += (count++ === 0 ? "" : ",") + field.head + json;
    }
    const isUsual = Object.getPrototypeOf(value) === Object.prototype;
    if (!isUsual || (isStrict && Object.keys(value).length !== count)) notes.isDoubtful = true;
    return `{${text}}`;
  };
}
