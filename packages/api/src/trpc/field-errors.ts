import type { z } from "zod";
import { type FieldError, type FieldReason, isFieldReason, messageOf } from "../contract/reasons.js";

/** Further faults are not reported; a body has room for thousands. */
export const maxFields = 20;
const longestPath = 100;

/** What a zod issue says about which field: the path and the rule, never the value. */
export function fieldErrorOf(issue: z.core.$ZodIssue): [path: string, fault: FieldError][] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.slice(0, maxFields).map((key) => [pathOf([...issue.path, key]), faultOf("UNKNOWN_FIELD")]);
  }
  return [[pathOf(issue.path), faultOf(reasonOf(issue))]];
}

/** Our fields put their reason in the message; zod's own issues are mapped by kind. */
function reasonOf(issue: z.core.$ZodIssue): FieldReason {
  if (isFieldReason(issue.message)) return issue.message;
  if (issue.code === "too_big") return "TOO_LONG";
  if (issue.code === "too_small") return issue.origin === "string" && issue.minimum === 1 ? "REQUIRED" : "TOO_SHORT";
  // An issue does not carry the input (it could be a password); zod's own text shows what is missing.
  return issue.code === "invalid_type" && issue.message.endsWith("received undefined") ? "REQUIRED" : "INVALID";
}

function faultOf(reason: FieldReason): FieldError {
  return { reason, message: messageOf(reason) };
}

/** superjson refuses to send objects with these keys; a fault there is reported for the whole input. */
const unsendable = new Set(["__proto__", "constructor", "prototype"]);

function pathOf(path: PropertyKey[]): string {
  const text = path.slice(0, longestPath).map(String).join(".").slice(0, longestPath);
  return unsendable.has(text) ? "" : text;
}
