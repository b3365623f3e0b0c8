import { z } from "zod";
import { type FieldError, type FieldErrors, type FieldReason, isFieldReason, messageOf } from "../contract/reasons.js";

/** Further faults are not reported; a body has room for thousands. */
const maxFields = 20;
const longestPath = 100;

const key = z.union([z.string(), z.number(), z.symbol()]);
/**
 * What a validator says about one fault. By shape: an app validates with its own copy of zod, with zod 3, or with
 * another library that follows Standard Schema, whose paths may hold objects.
 */
const issueShape = z.looseObject({
  message: z.string(),
  path: z.array(z.union([key, z.object({ key }).transform((step) => step.key)])).default([]),
  code: z.string().optional(),
});
interface Issue {
  message: string;
  path: PropertyKey[];
  code?: string | undefined;
  [rule: string]: unknown;
}
const failure = z.object({ issues: z.array(z.unknown()).min(1) });

/** What a validator's error says about each field; null for any other error. */
export function fieldsOf(error: unknown): FieldErrors | null {
  const { data } = failure.safeParse(error);
  const issues = z.array(issueShape).safeParse(data?.issues.slice(0, maxFields)).data;
  if (!issues) return null;
  const byPath = new Map<string, FieldError[]>();
  for (const [path, fault] of issues.flatMap(fieldErrorOf).slice(0, maxFields)) {
    byPath.set(path, [...(byPath.get(path) ?? []), fault]);
  }
  return Object.fromEntries(byPath);
}

/** What an issue says about which field: the path and the rule, never the value. */
function fieldErrorOf(issue: Issue): [path: string, fault: FieldError][] {
  const { path } = issue;
  const { data: keys } = z.array(z.string()).safeParse(issue.keys);
  if (issue.code === "unrecognized_keys" && keys) {
    return keys.slice(0, maxFields).map((name) => [pathOf([...path, name]), faultOf("UNKNOWN_FIELD")]);
  }
  return [[pathOf(path), faultOf(reasonOf(issue))]];
}

/** Our fields put their reason in the message; zod's own issues are mapped by kind. zod 3 says `type` for `origin`. */
function reasonOf({ code, message, minimum, origin, type, received }: Issue): FieldReason {
  if (isFieldReason(message)) return message;
  if (code === "too_big") return "TOO_LONG";
  if (code === "too_small") return (origin ?? type) === "string" && minimum === 1 ? "REQUIRED" : "TOO_SHORT";
  // zod 4's issues do not carry the input (it could be a password); its own text shows what is missing.
  const isMissing = received === "undefined" || message.endsWith("received undefined");
  return code === "invalid_type" && isMissing ? "REQUIRED" : "INVALID";
}

function faultOf(reason: FieldReason): FieldError {
  return { reason, message: messageOf(reason) };
}

/** superjson refuses to send objects with these keys; a fault there is reported for the whole input. */
const unsendable = new Set(["__proto__", "constructor", "prototype"]);

function pathOf(path: readonly PropertyKey[]): string {
  const text = path.slice(0, longestPath).map(String).join(".").slice(0, longestPath);
  return unsendable.has(text) ? "" : text;
}
