import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { proceduresOf, toRouter } from "../../../packages/api/src/openapi/procedures.js";
import { newName, newSecret } from "./marks.js";

/** What a field may hold, wherever it is in the contract: each text must be in one of the two lists. */
const secretFields = [
  "password",
  "currentPassword",
  "newPassword",
  "confirmPassword",
  "token",
  "refreshToken",
  "code",
  "state",
  "accessToken",
  "tokenSecret",
  "idToken",
  "nonce",
  "handoff",
  "codeVerifier",
  "codeChallenge",
  "ticket",
];
const keptFields = [
  "login",
  "username",
  "email",
  "firstName",
  "lastName",
  "deviceName",
  "id",
  "after",
  "returnTo",
  "provider",
];

export interface CanaryCall {
  path: string;
  type: "query" | "mutation";
  /** Undefined for a procedure without an input. */
  input: Record<string, unknown> | undefined;
}

/** These may end the session of whoever calls them: the last ones. */
const endings = [
  "user.requestEmailChange",
  "auth.revokeToken",
  "password.change",
  "auth.revokeOtherSessions",
  "user.archive",
  "user.delete",
  "auth.logout",
];

/**
 * Every procedure of a router, in each of the ways in which it can be called, with a secret or a name of its own in every
 * field. Throws an `Error` for a field of which nothing says what it holds, and for one that no call would have.
 */
export async function canaryCalls(record: TRPCRouterRecord, given: Record<string, string> = {}): Promise<CanaryCall[]> {
  const procedures = await proceduresOf(toRouter(record));
  const calls = procedures.flatMap(({ path, type, inputs }): CanaryCall[] => {
    const [schema] = inputs;
    const ways = schema ? waysOf(path, schema, given) : [undefined];
    return ways.map((input) => ({ path, type, input }));
  });
  return calls.toSorted((one, other) => endings.indexOf(one.path) - endings.indexOf(other.path));
}

/** Of an input that can be given in several ways, all of them. */
function waysOf(path: string, schema: z.core.$ZodType, given: Record<string, string>) {
  const object = unwrapped(schema);
  if (!(object instanceof z.ZodObject)) throw new Error(`The input of ${path} is no object.`);
  const { anyOf = [], oneOf = [] } = alternatives.parse(object.meta() ?? {});
  const required = [...anyOf, ...oneOf].map((one) => one.required);
  const ways = (required.length === 0 ? [[]] : required).map((names) => filled(path, object, { names, given }));
  const missing = Object.keys(object.shape).filter((name) => !ways.some((way) => name in way));
  // A field that goes only with others.
  const rest = missing.map((name) => {
    const way = ways.map((one) => ({ ...one, [name]: canaryOf(path, name, object.shape[name]) }));
    const fit = way.find((one) => object.safeParse(one).success);
    if (!fit) throw new Error(`No call of ${path} has the field ${name}.`);
    return fit;
  });
  return [...ways, ...rest];
}

const alternative = z.array(z.object({ required: z.array(z.string()) })).optional();
const alternatives = z.object({ anyOf: alternative, oneOf: alternative });

/** With these fields, and as many of the others as go with them. */
function filled(
  path: string,
  object: z.ZodObject,
  { names, given }: { names: string[]; given: Record<string, string> },
): Record<string, unknown> {
  const values = Object.keys(object.shape).map((name) => [
    name,
    given[name] ?? canaryOf(path, name, object.shape[name]),
  ]);
  const all: Record<string, unknown> = Object.fromEntries(values);
  if ("confirmPassword" in all) all.confirmPassword = all.newPassword ?? all.password;
  if (object.safeParse(all).success) return all;
  let input = Object.fromEntries(names.map((name) => [name, all[name]]));
  for (const [name, value] of Object.entries(all)) {
    const more = { ...input, [name]: value };
    const isBetter = object.safeParse(more).success || !object.safeParse(input).success;
    if (isBetter && !alternativeTo(object, names).includes(name)) input = more;
  }
  const { error } = object.safeParse(input);
  if (error) throw new Error(`No canary for ${path}: ${error.message}`);
  return input;
}

/** The fields of the other ways. */
function alternativeTo(object: z.ZodObject, names: string[]): string[] {
  const { anyOf = [], oneOf = [] } = alternatives.parse(object.meta() ?? {});
  return [...anyOf, ...oneOf].flatMap(({ required }) => required.filter((name) => !names.includes(name)));
}

function canaryOf(path: string, name: string, schema: unknown): unknown {
  const field = unwrapped(schema);
  if (!(field instanceof z.ZodType)) throw new Error(`${path}.${name} is no field.`);
  if (field instanceof z.ZodEnum) return field.options[0];
  const other = [true, 1].find((value) => field.safeParse(value).success);
  if (other !== undefined) return other;
  const isSecret = secretFields.includes(name);
  if (!isSecret && !keptFields.includes(name)) {
    throw new Error(`Is ${path}.${name} a secret? Put it into one of the lists of tests/support/canary/calls.ts.`);
  }
  const mark = isSecret ? newSecret() : newName();
  const texts = [
    `${mark} and more`,
    mark,
    mark.padEnd(43, "x"),
    `${mark}@example.com`,
    "7ee77ee7-0000-4000-8000-7ee77ee77ee7",
  ];
  const text = texts.find((one) => field.safeParse(one).success);
  if (text === undefined) throw new Error(`No canary fits ${path}.${name}.`);
  return text;
}

function unwrapped(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? unwrapped(schema.unwrap()) : schema;
}
