import { authRouters } from "@keywright/api";
import { describe, expect, test } from "vitest";
import { complaints, pageOf, samplesOf } from "../support/samples.js";

const readme = pageOf("README.md");
const samples = samplesOf(readme);

describe("README", () => {
  test("has at most two hundred lines", () => {
    expect(readme.split("\n").length).toBeLessThanOrEqual(201);
  });

  test("a reader's samples compile, and would not with a misspelled field or a reason that cannot come", () => {
    expect(samples).toHaveLength(4);
    const [, , web = ""] = samples;
    const wrong = [web.replace("password:", "pasword:"), web.replace("INVALID_CREDENTIALS", "EMAIL_TAKEN")];
    const server = `./sample-${wrong.length}.ts`;
    const rest = samples.map((text) => text.replace("./server.ts", server));
    const [misspelled, impossible, ...right] = complaints([...wrong, ...rest], { allowImportingTsExtensions: true });
    expect(right).toEqual([[], [], [], []]);
    expect(misspelled).not.toEqual([]);
    expect(impossible).not.toEqual([]);
  }, 120_000);

  test("the table names every procedure, and no other", () => {
    const rows = [...readme.matchAll(/^\| `(\w+)` +\|[^|`]+\|((?: `\w+`)+) +\|$/gm)];
    const named = rows.map(([, router = "", names = ""]) => [router, [...names.matchAll(/\w+/g)].map(String)]);
    const served = Object.entries(authRouters).map(([router, procedures]) => [router, Object.keys(procedures)]);
    expect(named).toEqual(served);
  });
});
