import { expect, test } from "vitest";
import { madeUp, testSources } from "./sources.js";
import { mocks, poorTestNames, switchedTests } from "./stories.js";

const path = "tests/flows/login.test.ts";

test("the tests all run, everywhere", () => {
  expect(switchedTests(testSources())).toEqual([]);
});

test("the tests are named by sentences", () => {
  expect(poorTestNames(testSources())).toEqual([]);
});

test("the tests mock nothing of ours", () => {
  expect(mocks(testSources())).toEqual([]);
});

test.for([
  `test.skip("the door opens", open);`,
  `describe.only("doors", open);`,
  `it.todo("the door opens");`,
  `test.skipIf(isSlow)("the door opens", open);`,
  `test.concurrent.skip("the door opens", open);`,
  `test.each([1]).only("the door opens", open);`,
  `test.fails("the door opens", open);`,
  `test("the door opens", { skip: true }, open);`,
  `test("the door opens", ({ skip }) => skip());`,
  `test("the door opens", (context) => context.skip());`,
])("%s is found as switched", (text) => {
  expect(switchedTests(madeUp({ [path]: `\n${text}` }))).toContainEqual(expect.stringContaining(`${path}:2 `));
});

test("words of other things than tests are left alone", () => {
  const text = `rows.skip(1); const only = { skip: true }; test("the door opens", open); list({ only: true });`;
  expect(switchedTests(madeUp({ [path]: text }))).toEqual([]);
});

test.for([
  `test("login works", open);`,
  `test("The door opens for everybody", open);`,
  `it("Should open the door", open);`,
  `test.each([1])("Opens the door", open);`,
  `test(\`Opens \${door} at once\`, open);`,
  `test.for(doors)("A door opens", open);`,
])("%s is found as no sentence", (text) => {
  expect(poorTestNames(madeUp({ [path]: text }))).toEqual([expect.stringContaining(`${path}:1 `)]);
});

test("sentences and computed names are left alone", () => {
  const fine = [
    `test("the door opens", open);`,
    `test("I open the door", open);`,
    `test("Ada's phone stays signed in", open);`,
    `test("PGlite opens once only", open);`,
    `test.each([1])("%s opens the door", open);`,
    `test(\`\${door} opens at once\`, open);`,
    `test.each(doors)("%s", open);`,
    "test(nameOf(door), open);",
    `describe("Doors", open);`,
  ];
  expect(poorTestNames(madeUp({ [path]: fine.join("\n") }))).toEqual([]);
});

test.for([
  `vi.mock("@keywright/db");`,
  `vi.doMock("../../packages/api/src/who.js", () => ({}));`,
  `vi.mock(import("@keywright/api"));`,
  `vi.spyOn(mail, "send").mockResolvedValue(null);`,
])("%s is found as a mock", (text) => {
  expect(mocks(madeUp({ [path]: text }))).toEqual([expect.stringContaining(`${path}:1 `)]);
});

test("a spy that only watches is left alone", () => {
  const text = `vi.mock("@node-rs/bcrypt", { spy: true }); vi.spyOn(mail, "send"); vi.fn().mockReturnValue(1);`;
  expect(mocks(madeUp({ [path]: text }))).toEqual([]);
});
