import { expect, test } from "vitest";
import { complaints, pageOf, samplesOf } from "../support/samples.js";

const page = pageOf("docs/mail.md");

test("the sample of the page about mail compiles, and would not with another outcome", () => {
  const [sample = ""] = samplesOf(page);
  const wrong = sample.replace('"done"', '"retried"');
  expect(wrong).not.toBe(sample);
  expect(complaints([sample, wrong])).toEqual([[], [expect.any(String)]]);
});
