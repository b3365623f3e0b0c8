import { summarize } from "@keywright/api";
import { expect, test } from "vitest";

const secret = "hunter2";

test.each([
  ["a line that begins like a frame", `boom\n    at password=${secret}`],
  ["a function's name", `boom\n    at ${secret} (of Ada)`],
  ["a place without a file", `boom\n    at ${secret}:1:2`],
])("an error's text does not get into the log as %s, though its message was cut afterwards (K21)", (_what, text) => {
  const error = new Error(text);
  error.message = "boom";
  const { at } = summarize(error);
  expect(at.join("\n")).not.toContain(secret);
});

test("the frames of a real error are kept", async () => {
  const fromModule = await Promise.reject(new TypeError("x")).catch((error: unknown) => error);
  const { at } = summarize(fromModule);
  expect(at[0]).toMatch(/log-summary\.test\.ts:\d+:\d+/);
  const inner = () => {
    throw new RangeError("y");
  };
  const [frame = ""] = (() => {
    try {
      return inner();
    } catch (error) {
      return summarize(error).at;
    }
  })();
  expect(frame).toMatch(/^at inner \(.*:\d+:\d+\)$/);
});
