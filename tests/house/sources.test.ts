import { expect, test } from "vitest";
import { houseSources, repositoryFiles, testSources } from "./sources.js";

const paths = houseSources().map(({ path }) => path);

test.for(["packages/db", "packages/api", "packages/client", "apps/server", "examples/demo", "bench"])(
  "%s is looked at",
  (folder) => {
    expect(paths.filter((path) => path.startsWith(`${folder}/src/`))).not.toEqual([]);
  },
);

test("files deep inside a package are looked at", () => {
  expect(paths).toContain("packages/api/src/contract/reasons.ts");
  expect(paths.some((path) => path.startsWith("packages/db/src/queries/"))).toBe(true);
});

test("what is installed, built or generated is not looked at", () => {
  const all = repositoryFiles().map(({ path }) => path);
  expect(all.filter((path) => /(?:^|\/)(?:node_modules|dist|migrations|\.git)\//.test(path))).toEqual([]);
});

test("the rules themselves are among the tests that are looked at", () => {
  expect(testSources().map(({ path }) => path)).toContain("tests/house/sources.test.ts");
});
