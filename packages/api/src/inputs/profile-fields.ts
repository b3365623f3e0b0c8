import { z } from "zod";
import { callHook } from "../hooks.js";

/** An app's own fields in the forms that its procedures need. `P` is the type that the schema describes. */
export interface ProfileFields<P extends Record<string, unknown>> {
  /** All fields, for a registration. */
  whole: z.ZodType<P, P>;
  /** Some of the fields, for an update. */
  some: z.ZodType<Record<string, unknown>, Partial<P>>;
  /** The stored values that still match the declaration: older accounts lack newer fields, and rules change. */
  read(stored: Record<string, unknown>): Promise<Partial<P>>;
}

/**
 * An object schema of zod 4 that describes `P`. By shape, because an app has a zod of its own: the types of one minor
 * version do not fit those of another.
 */
export interface ProfileSchema<P extends Record<string, unknown>> {
  _zod: { output: P; input: P };
}

/**
 * Reads a declaration of fields. Throws an `Error` for types that a round trip through JSON would change, and for rules
 * that an update of a single field could not enforce.
 */
export function parseProfileFields<P extends Record<string, unknown>>(schema: ProfileSchema<P>): ProfileFields<P> {
  assertZod4(schema);
  const fields = declaredFields(schema);
  const lenient = Object.entries(fields.shape).map(([name, field]) => [name, z.optional(field).catch(undefined)]);
  const stored = z.object(Object.fromEntries(lenient));
  const typed = z.custom<Partial<P>>();
  return {
    whole: storable(schema),
    some: typed.transform((profile): Record<string, unknown> => profile).pipe(storable(fields.partial())),
    async read(profile) {
      const valid = await callHook(hook, () => stored.parseAsync(profile));
      return typed.parse(Object.fromEntries(Object.entries(valid).filter(([, value]) => value !== undefined)));
    },
  };
}

/** A route knows no settings. */
const hook = { name: "profile", timeoutMs: 5_000 };

/**
 * The same input for tRPC, where the app's own rules may throw or take too long. `parse` is hidden, since tRPC tries it
 * first: it starts an asynchronous rule and leaves its promise alone.
 */
export function boundedInput<S extends z.ZodType>(input: S): S {
  const parseAsync = async (value: unknown) => {
    const { data, error } = await callHook(hook, () => input.safeParseAsync(value).catch(tooDeep));
    if (error) throw error;
    return data;
  };
  return Object.create(input, { parse: { value: undefined }, parseAsync: { value: parseAsync } });
}

/** A recursive rule such as `z.json()` runs out of stack on an input nested by the thousand: the caller's fault. */
function tooDeep(error: unknown): { data?: undefined; error: RangeError } {
  if (error instanceof RangeError) return { error };
  throw error;
}

function assertZod4<P extends Record<string, unknown>>(
  schema: ProfileSchema<P>,
): asserts schema is ProfileSchema<P> & z.ZodType<P, P> {
  const { _def } = z.object({ _def: z.object({ typeName: z.string() }) }).safeParse(schema).data ?? {};
  if (_def) throw new Error("Profile fields must be declared with zod 4, and this schema is zod 3's.");
}

function declaredFields(schema: z.ZodType): z.ZodObject {
  if (!(schema instanceof z.ZodObject && schema.def.catchall instanceof z.ZodNever)) {
    throw new Error("Profile fields must be declared as one `z.strictObject({ … })`.");
  }
  if (schema.def.checks?.length) {
    throw new Error(
      "Profile fields must not have a rule for several fields: an update of one field could not enforce it.",
    );
  }
  const filled = Object.entries(describe(schema).properties ?? {}).find(([, field]) => {
    return Object.hasOwn(Object(field), "default");
  });
  // An update that omits a field would set it to its default.
  if (filled) throw new Error(`Profile field \`${filled[0]}\` has a default: make it optional instead.`);
  return schema;
}

/** Both directions: what is sent and what is stored must be the same JSON. */
function describe(schema: z.ZodObject): z.core.JSONSchema.BaseSchema {
  try {
    z.toJSONSchema(schema, { io: "output" });
    return z.toJSONSchema(schema, { io: "input" });
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new Error(`Profile fields can hold JSON values only. ${cause}.`, { cause: error });
  }
}

/** PostgreSQL's `jsonb` accepts neither NUL, nor ill-formed text, nor thousands of levels. */
function storable<S extends z.ZodType<Record<string, unknown>>>(schema: S): S {
  return schema.superRefine((profile, { addIssue }) => {
    const budget = { values: maxValues };
    for (const [name, value] of Object.entries(profile)) {
      if (!isStorable(value, 0, budget)) addIssue({ code: "custom", message: "INVALID", path: [name] });
    }
  });
}

const maxLevels = 32;
/** More than a body has room for, unless values are shared: some transformers send references, and JSON has none. */
const maxValues = 32_768;

function isStorable(value: unknown, level: number, budget: { values: number }): boolean {
  if (--budget.values < 0) return false;
  if (typeof value === "string") return value.isWellFormed() && !value.includes("\0");
  if (typeof value !== "object" || value === null) return true;
  if (level === maxLevels) return false;
  return Object.entries(value).every(
    ([key, inner]) => isStorable(key, level + 1, budget) && isStorable(inner, level + 1, budget),
  );
}
