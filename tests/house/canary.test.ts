import { authRouters, publicProcedure } from "@keywright/api";
import { expect, test } from "vitest";
import { z } from "zod";
import { canaryCalls } from "../support/canary/calls.js";
import { findIn, newName, newSecret, secretMark } from "../support/canary/marks.js";
import { inventory } from "./inventory.js";

test("O13: the canary has a call of every procedure, with something of its own in every field", async () => {
  const calls = await canaryCalls(authRouters);
  const paths = (await inventory(authRouters)).map(({ path }) => path);
  expect(new Set(calls.map(({ path }) => path))).toEqual(new Set(paths));
  const texts = calls.flatMap(({ input = {} }) => Object.values(input)).filter((value) => typeof value === "string");
  expect(texts.filter((text) => text.includes(secretMark)).length).toBeGreaterThan(40);
  const login = calls.filter(({ path }) => path === "auth.login").map(({ input = {} }) => Object.keys(input)[0]);
  expect(login).toEqual(["login", "username", "email"]);
});

const withInput = (input: z.ZodType) => ({ own: publicProcedure.input(input).mutation(() => ({})) });

test.each([
  ["a field that is neither called a secret nor a name", z.strictObject({ pin: z.string() }), "Is own.pin a secret?"],
  ["a field that no canary fits", z.strictObject({ token: z.string().length(3) }), "No canary fits own.token"],
  ["an input that is no object", z.string(), "is no object"],
])("O13: a new procedure with %s is refused", async (_what, input, sentence) => {
  await expect(canaryCalls(withInput(input))).rejects.toThrow(sentence);
});

test("O13: the canary is found as it is written, in an address, in a form and in base64", () => {
  const secret = `${newSecret()} & more`;
  const shapes = [
    secret,
    encodeURIComponent(secret),
    String(new URLSearchParams({ secret })),
    ...["", "a", "ab", "abc"].map((before) => Buffer.from(before + secret + before).toString("base64")),
  ];
  for (const shape of shapes) expect(findIn(`{"message":"${shape}"}`, [secret])).not.toEqual([]);
  expect(findIn(newName(), [secret, secretMark])).toEqual([]);
});
