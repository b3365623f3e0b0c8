import { expect, test } from "vitest";
import { barrels, poorNames } from "./names.js";
import { houseSources, madeUp, testSources } from "./sources.js";

const passedOn = `export { a } from "./a.js";\nexport type { B } from "./b.js";\n`;

test("the house names its files for what is in them", () => {
  expect(poorNames([...houseSources(), ...testSources()])).toEqual([]);
});

test("the house has no barrel but its doors", () => {
  expect(barrels([...houseSources(), ...testSources()])).toEqual([]);
});

test.for([
  "packages/api/src/utils/time.ts",
  "packages/api/src/helpers.ts",
  "packages/db/src/common/ids.ts",
  "packages/api/src/manager.ts",
  "packages/api/src/passwordReset.ts",
  "packages/api/src/Session.ts",
  "packages/api/src/one_time.ts",
])("%s is found as a poor name", (path) => {
  expect(poorNames(madeUp({ [path]: "" }))).toEqual([expect.stringContaining(`${path}:1 `)]);
});

test("the common passwords and a test's file name are left alone", () => {
  const fine = madeUp({
    "packages/api/src/passwords/common.ts": "",
    "tests/flows/password-reset.test.ts": "",
    "packages/client/src/oauth2.d.ts": "",
  });
  expect(poorNames(fine)).toEqual([]);
});

test("a barrel and a star are found", () => {
  const path = "packages/api/src/services/index.ts";
  expect(barrels(madeUp({ [path]: passedOn }))).toEqual([expect.stringContaining(`${path}:1 a barrel`)]);
  expect(barrels(madeUp({ [path]: `import { a } from "./a.js";\nexport { a };` }))).toHaveLength(1);
  const star = `export const a = 1;\nexport * from "./b.js";`;
  expect(barrels(madeUp({ [path]: star }))).toEqual([expect.stringContaining(`${path}:2 export *`)]);
});

test("the doors of a package and a file that does more are left alone", () => {
  const fine = madeUp({
    "packages/client/src/index.ts": passedOn,
    "packages/api/src/contract/public.ts": passedOn,
    "packages/api/src/routers/index.ts": passedOn,
    "packages/api/src/trpc/builders.ts": `${passedOn}export const c = 1;`,
    "apps/server/src/main.ts": `import "./start.js";`,
  });
  expect(barrels(fine)).toEqual([]);
});
