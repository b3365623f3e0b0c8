import { expect, test } from "vitest";
import { parameterFault, parameters } from "../../packages/db/src/address/parameters.js";
import { pageOf } from "../support/samples.js";

const page = pageOf("docs/database-address.md");

test("every parameter of an address that can be used is on the page, and no other", () => {
  const rows = page.match(/^\| `.*$/gm) ?? [];
  const named = rows.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`(\w+)(?:=\w+)?`/g)].map(([, name]) => name),
  );
  const usable = Object.keys(parameters).filter((name) => !/cannot be used/.test(parameterFault(name, "x") ?? ""));
  expect(named.sort()).toEqual(usable.sort());
});
