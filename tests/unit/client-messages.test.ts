import { english, fieldMessagesOf, german, messageOf } from "@keywright/client/messages";
import { describe, expect, test } from "vitest";
import { fieldReasons, reasons } from "../../packages/api/src/contract/reasons.js";

const refusal = (data: object) => Object.assign(new Error("refused"), { data: { requestId: "1", ...data } });

describe.for([
  ["English", english],
  ["German", german],
] as const)("the catalogue in %s", ([, catalogue]) => {
  test("has a sentence for every reason, and for fields", () => {
    const names = [...Object.keys(reasons), ...Object.keys(fieldReasons)];
    const own = ["NO_ANSWER", "WAIT_SECONDS", "WAIT_MINUTES"];
    expect(Object.keys(catalogue).sort()).toEqual([...names, ...own].sort());
    for (const sentence of Object.values(catalogue)) expect(sentence).toMatch(/^\p{Lu}.*[.!?]$/u);
  });

  test("says everything in its own words", () => {
    const [first, second] = catalogue === english ? [english, german] : [german, english];
    const shared = Object.values(first).filter((sentence) => Object.values<string>(second).includes(sentence));
    expect(shared).toEqual([]);
  });
});

test("a refusal is told in the language of the catalogue, and how long to wait", () => {
  expect(messageOf(refusal({ reason: "WRONG_PASSWORD" }), german)).toBe("Das Passwort ist falsch.");
  const tooMany = (retryAfter: number) => messageOf(refusal({ reason: "RATE_LIMITED", retryAfter }), english);
  expect(tooMany(45)).toBe("Too many attempts. Please try again in 45 seconds.");
  expect(tooMany(601)).toBe("Too many attempts. Please try again in 11 minutes.");
});

test("what an app's gate has to say is told in its own words, and in the catalogue's where it says nothing", () => {
  const refusedByApp = (message: string) => Object.assign(refusal({ reason: "REFUSED_BY_APP" }), { message });
  expect(messageOf(refusedByApp("Members only."), german)).toBe("Members only.");
  expect(messageOf(refusedByApp(reasons.REFUSED_BY_APP[1]), german)).toBe(german.REFUSED_BY_APP);
});

test("a call without an answer is told as one", () => {
  expect(messageOf(new TypeError("fetch failed"), english)).toBe(english.NO_ANSWER);
});

test("an app's own words are told in place of ours", () => {
  const words = { ...english, INVALID_CREDENTIALS: "No luck." };
  expect(messageOf(refusal({ reason: "INVALID_CREDENTIALS" }), words)).toBe("No luck.");
});

test("a reason that is newer than the catalogue is told as our fault", () => {
  expect(messageOf(refusal({ reason: "FROM_TOMORROW" }), english)).toBe(english.INTERNAL);
  const fields = { email: [{ reason: "FROM_TOMORROW", message: "new" }] };
  expect(fieldMessagesOf(refusal({ reason: "VALIDATION", fields }), english)).toEqual({ email: english.INVALID });
});

test("each faulty field is told by its first fault", () => {
  const fields = {
    email: [{ reason: "INVALID_EMAIL", message: "" }],
    password: [
      { reason: "PASSWORD_TOO_SHORT", message: "" },
      { reason: "PASSWORD_TOO_COMMON", message: "" },
    ],
    nothing: [],
  };
  expect(fieldMessagesOf(refusal({ reason: "VALIDATION", fields }), german)).toEqual({
    email: "Das ist keine E-Mail-Adresse, oder vor dem @ stehen Umlaute oder Akzente.",
    password: "Dieses Passwort ist zu kurz.",
  });
  expect(fieldMessagesOf(new Error("none"), german)).toEqual({});
});
