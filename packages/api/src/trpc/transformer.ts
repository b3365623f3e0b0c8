import superjson from "superjson";
import { z } from "zod";

/** Written out, so that an app's declarations can name it without having superjson. */
export interface WireTransformer {
  input: Direction;
  output: Direction;
}

interface Direction {
  serialize(value: unknown): unknown;
  deserialize(wire: unknown): unknown;
}

/**
 * What tRPC sends and accepts: superjson for output; for input, plain JSON and only `Date` annotations. superjson
 * builds whatever its annotations ask for before any validation: 90 bytes can request an array of gigabytes, and a few
 * hundred kilobytes of references block the event loop for seconds.
 */
export const transformer: WireTransformer = {
  input: { serialize: superjson.serialize, deserialize: readInput },
  output: { serialize: superjson.serialize, deserialize: superjson.deserialize },
};

export type InputTransformer = Pick<Direction, "deserialize">;

/** Throws an `Error` if a transformer builds whatever superjson's annotations ask for. */
export function assertLinearInput(input: InputTransformer): void {
  const wire = { json: [1], meta: { values: ["set"] } };
  // superjson's `parse` takes text.
  const isRaw = [wire, JSON.stringify(wire)].some((probe) => isSet(attempt(() => input.deserialize(probe))));
  if (!isRaw) return;
  throw new Error(
    "This tRPC root's transformer is superjson itself, with which a request of 90 bytes can take gigabytes of memory: set `transformer` of @keywright/api instead (`initTRPC….create({ transformer })`). Clients keep superjson.",
  );
}

function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch {
    return null;
  }
}

/** Also one of another realm. */
function isSet(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object Set]";
}

const envelope = z.object({
  json: z.unknown().optional(),
  meta: z.object({ values: z.unknown() }).partial().optional(),
});
const annotated = z.record(z.string(), z.unknown());
const dateText = z.iso.datetime();

/** More than any of our inputs needs, and few enough that a body full of annotations costs no more than its length. */
const maxSteps = 10;

/** Throws on anything else; tRPC answers that the input is not valid. */
function readInput(wire: unknown): unknown {
  const { json, meta } = envelope.parse(wire);
  const annotations = meta?.values;
  if (annotations === undefined) return json;
  if (isMark(annotations, "undefined")) return undefined;
  if (isMark(annotations, "Date")) return toDate(json);
  for (const [path, mark] of Object.entries(annotated.parse(annotations))) annotate(json, stepsOf(path), mark);
  return json;
}

/** JSON has no `undefined`: it arrives as null with an annotation, and our inputs treat it as not given. */
function isMark(annotation: unknown, kind: "Date" | "undefined"): boolean {
  return Array.isArray(annotation) && annotation.length === 1 && annotation[0] === kind;
}

/** The keys on the path to a value. superjson escapes dots and backslashes within a key. */
function stepsOf(path: string): string[] {
  const steps: string[] = [];
  let step = "";
  for (const [part] of path.matchAll(/\\[\\.]|\.|[^\\.]+|\\/g)) {
    if (part === "\\") throw new Error("an annotation with an unknown escape");
    if (part !== ".") step += part.startsWith("\\") ? part.slice(1) : part;
    else if (steps.push(step) === maxSteps) throw new Error("an annotation of something too deep");
    else step = "";
  }
  return [...steps, step];
}

/** Follows only own properties that exist. */
function annotate(json: unknown, steps: string[], mark: unknown): void {
  const last = steps.at(-1) ?? "";
  const holder = steps.slice(0, -1).reduce(ownProperty, json);
  const value = ownProperty(holder, last);
  if (isMark(mark, "undefined")) Reflect.deleteProperty(Object(holder), last);
  else if (isMark(mark, "Date")) Reflect.set(Object(holder), last, toDate(value));
  else throw new Error("an annotation of an unknown kind");
}

function ownProperty(value: unknown, key: string): unknown {
  if (Object(value) === value && Object.hasOwn(Object(value), key)) return Reflect.get(Object(value), key);
  throw new Error("an annotation of something that is not there");
}

function toDate(value: unknown): Date {
  return new Date(dateText.parse(value));
}
