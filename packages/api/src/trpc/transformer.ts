import superjson from "superjson";
import { z } from "zod";

/**
 * What tRPC sends and takes: superjson for output; for input plain JSON, and `Date` annotations only. superjson builds
 * whatever its annotations ask for before any validation: 90 bytes can ask for an array of gigabytes, and a few hundred
 * kilobytes of references keep the event loop busy for seconds.
 */
export const transformer = {
  input: { serialize: superjson.serialize, deserialize: readInput },
  output: { serialize: superjson.serialize, deserialize: superjson.deserialize },
};

const envelope = z.object({
  json: z.unknown().optional(),
  meta: z.object({ values: z.unknown() }).partial().optional(),
});
const isDate = (annotation: unknown) => z.tuple([z.literal("Date")]).safeParse(annotation).success;
/** `undefined` has no JSON: it arrives as null with this mark, and to our inputs it is as if it were not there. */
const isUndefined = (annotation: unknown) => z.tuple([z.literal("undefined")]).safeParse(annotation).success;

/** Throws on anything else; tRPC answers that the input is not valid. */
function readInput(wire: unknown): unknown {
  const { json, meta } = envelope.parse(wire);
  const annotations = meta?.values;
  if (annotations === undefined) return json;
  if (isUndefined(annotations)) return undefined;
  if (isDate(annotations)) return toDate(json);
  for (const [path, annotation] of Object.entries(z.record(z.string(), z.unknown()).parse(annotations))) {
    annotate(json, path.split("."), annotation);
  }
  return json;
}

/** Follows own properties only, and only those that are there. Copies nothing: there may be thousands of annotations. */
function annotate(value: unknown, [key = "", ...rest]: string[], annotation: unknown): void {
  if (Object(value) !== value || !Object.hasOwn(Object(value), key)) {
    throw new Error("an annotation of something that is not there");
  }
  if (rest.length > 0) annotate(Reflect.get(Object(value), key), rest, annotation);
  else if (isUndefined(annotation)) Reflect.deleteProperty(Object(value), key);
  else if (isDate(annotation)) Reflect.set(Object(value), key, toDate(Reflect.get(Object(value), key)));
  else throw new Error("an annotation of an unknown kind");
}

function toDate(value: unknown): Date {
  return new Date(z.iso.datetime().parse(value));
}
