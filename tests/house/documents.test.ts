import { expect, test } from "vitest";
import { foreignPaths, undocumentedReasons } from "./documents.js";
import { loosePins } from "./manifests.js";
import { madeUp, repositoryFiles } from "./sources.js";

const table = "packages/api/src/contract/reasons.ts";
const page = "docs/reasons.md";
const coded = `export const reasons = {\n  FORBIDDEN: ["NO", "No."],\n  INTERNAL: ["OOPS", "Oops."],\n} as const satisfies R;`;
const rows = "| `FORBIDDEN` | `NO` | No. |\n| `INTERNAL` | `OOPS` | Oops. |";

test("the house documents every reason, and no other", () => {
  expect(undocumentedReasons(repositoryFiles())).toEqual([]);
});

test("the house pins every version", () => {
  expect(loosePins(repositoryFiles())).toEqual([]);
});

test("the house mentions no folder of another machine", () => {
  expect(foreignPaths(repositoryFiles())).toEqual([]);
});

test("a reason without a line is found", () => {
  const files = madeUp({ [table]: coded, [page]: "| `FORBIDDEN` | `NO` | No. | see `INTERNAL` |" });
  expect(undocumentedReasons(files)).toEqual([expect.stringContaining(`${table}:3 INTERNAL has no line`)]);
  expect(undocumentedReasons(madeUp({ [table]: coded }))).toHaveLength(2);
});

test("a reason whose line tells another code or message is found", () => {
  const files = madeUp({ [table]: coded, [page]: rows.replace("OOPS", "NO").replace(" No.", " Never.") });
  expect(undocumentedReasons(files)).toEqual([
    expect.stringContaining(`${page}:1 FORBIDDEN is documented without "No."`),
    expect.stringContaining(`${page}:2 INTERNAL is documented without "OOPS"`),
  ]);
});

test("a reason of one field that is not named is found", () => {
  const fields = `${coded}\nexport const fieldReasons = { REQUIRED: "Needed." };`;
  expect(undocumentedReasons(madeUp({ [table]: fields, [page]: rows }))).toEqual([
    expect.stringContaining(`${table}:5 REQUIRED is not in ${page}`),
  ]);
});

test("a line about a reason that nobody throws is found", () => {
  const text = `# Reasons\n\n${rows}\n- \`GONE\`: for good.\n### \`LOST\``;
  expect(undocumentedReasons(madeUp({ [table]: coded, [page]: text }))).toEqual([
    expect.stringContaining(`${page}:5 GONE is not in ${table}`),
    expect.stringContaining(`${page}:6 LOST is not in ${table}`),
  ]);
});

test("reasons that are documented are left alone", () => {
  const fields = `${coded}\nexport const fieldReasons = { REQUIRED: "Needed.", UNKNOWN: "Unknown." };`;
  const text = `${rows}\n\nA field can be \`REQUIRED\` or\n\`UNKNOWN\`, and any call\n\`INTERNAL\`.`;
  expect(undocumentedReasons(madeUp({ [table]: fields, [page]: text }))).toEqual([]);
});

test.for(["^1.2.3", "~1.2.3", "1.2", "*", "latest", ">=1.2.3", "1.x", "npm:postgres@^1.2.3", "workspace:*"])(
  "%s is found as a range",
  (version) => {
    const manifest = { name: "x", devDependencies: { exact: "1.0.0", loose: version } };
    const files = madeUp({ "bench/package.json": JSON.stringify(manifest, null, 2) });
    expect(loosePins(files)).toEqual([expect.stringContaining(`bench/package.json:5 "loose": "${version}"`)]);
  },
);

test("exact versions and the ranges of peers are left alone", () => {
  const dependencies = { a: "1.2.3", b: "18.4.0-beta.17", c: "npm:@scope/c@15.0.1" };
  const manifest = { dependencies, peerDependencies: { d: "^1.0.0" }, engines: { node: ">=20" } };
  expect(loosePins(madeUp({ "package.json": JSON.stringify(manifest) }))).toEqual([]);
});

test("a range in nested overrides is found", () => {
  const text = JSON.stringify({ overrides: { a: { b: "^1.0.0" } } });
  expect(loosePins(madeUp({ "package.json": text }))).toHaveLength(1);
});

test.for(["see /WORK/notes.md", "file:///WORK", '"/tmp/LAB/x"', "`/tmp/LAB`"])("%s is found as foreign", (text) => {
  const files = madeUp({ "docs/start.md": `ok\n${text.replace("WORK", "work").replace("LAB", "lab")}` });
  expect(foreignPaths(files)).toEqual([expect.stringContaining("docs/start.md:2 ")]);
});

test("a path that only looks foreign is left alone", () => {
  const text = "https://example.com/work/1 ./work/x /tmp/labels /workers";
  expect(foreignPaths(madeUp({ "docs/start.md": text }))).toEqual([]);
});
