import { fieldErrorsOf, reasonOf, retryAfterOf } from "@keywright/client";
import { TRPCClientError } from "@trpc/client";
import { expect, test } from "vitest";

const data = { code: "FORBIDDEN", httpStatus: 403, reason: "FORBIDDEN", requestId: "1" };

test.each<[what: string, error: unknown]>([
  ["nothing", undefined],
  ["null", null],
  ["a text", "FORBIDDEN"],
  ["a plain error", new Error("FORBIDDEN")],
  ["an error of tRPC that did not come from a server", new TRPCClientError("fetch failed")],
  ["an error with other data", { data: "FORBIDDEN" }],
  ["an error with empty data", { data: null }],
  ["another program's error with a reason of its own", { data: { code: "CONFLICT", reason: "OUT_OF_STOCK" } }],
  ["a reason that is no text", { data: { ...data, reason: 1 } }],
])("the reason of %s is null", (_what, error) => {
  expect(reasonOf(error)).toBeNull();
  expect(fieldErrorsOf(error)).toEqual({});
  expect(retryAfterOf(error)).toBeNull();
});

test("a refusal is read by its shape, whichever copy of a library made it", () => {
  const fields = { email: [{ reason: "EMAIL_TAKEN", message: "taken" }] };
  const error = structuredClone({ message: "no", data: { ...data, fields, retryAfter: 7 } });
  expect(reasonOf(error)).toBe("FORBIDDEN");
  expect(fieldErrorsOf(error)).toEqual(fields);
  expect(retryAfterOf(error)).toBe(7);
});
