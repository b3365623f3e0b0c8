import { describe, expect, test } from "vitest";
import { madeUp, repositoryFiles } from "../house/sources.js";
import { behaviourGroups, foldersOnBothEngines, missingTests, poorRows, standing } from "./behaviours.js";

/** How many behaviours of each group a test proves. More is welcome; fewer has to be meant, and said here. */
const proved: Record<string, number> = {
  Login: 47,
  Logout: 19,
  "Tokens and sessions": 26,
  "Reset password": 44,
  "Change password": 16,
  Registration: 44,
  "Verification and e-mail": 42,
  "Profile, archive, delete": 30,
  "Social sign-in": 39,
  "Codes, confirming again, second factor, limits, configuration": 20,
  "Mails that are not delivered": 12,
};

describe("the pages of behaviours", () => {
  const files = repositoryFiles();
  const groups = behaviourGroups(files);

  test("a reader finds each number once, with its tests or the reason why there are none", () => {
    expect(poorRows(groups)).toEqual([]);
  });

  test("a reader finds each named test, in a folder that runs on both engines", () => {
    expect(foldersOnBothEngines(files)).toContain("behaviours");
    expect(missingTests(groups, files, foldersOnBothEngines(files))).toEqual([]);
  });

  test("as many behaviours are proved in each group as are meant to be", () => {
    expect(Object.fromEntries(groups.map((group) => [group.title, standing([group])]))).toEqual(proved);
  });
});

const path = "docs/behaviours.md";
const story = "tests/flows/login.test.ts";
const tests = `test("I log in", open); test.each(doors)("%s opens", open); open("I log out");`;

function faultsOf(rows: string[], heading = "## Login (1–2)"): string[] {
  const files = madeUp({ [path]: [heading, ...rows].join("\n"), [story]: tests, "tests/unit/door.test.ts": tests });
  const groups = behaviourGroups(files);
  return [...poorRows(groups), ...missingTests(groups, files, ["flows"])];
}

describe("a made-up page", () => {
  const first = `| 1 | In | \`${story} › I log in\` |`;
  const second = `|  2 | Doors | \`${story} › %s opens\`; \`${story} › I log in\` |`;

  test("a page without faults has none, and what is proved is counted", () => {
    expect(faultsOf([first, second])).toEqual([]);
    expect(faultsOf([first, "| 2 | Out | — Nobody goes out. |"])).toEqual([]);
    const groups = behaviourGroups(madeUp({ [path]: ["## Login (1–2)", first, "| 2 | Out | — No. |"].join("\n") }));
    expect(standing(groups)).toBe(1);
  });

  test.for([
    ["a number is missing", [first]],
    ["a number is there twice", [first, second, second]],
    ["a number is out of its range", [first, "| 3 | Out | — No. |"]],
    ["a row says nothing", [first, "| 2 | Out | |"]],
    ["a reason is no sentence", [first, "| 2 | Out | — no |"]],
    ["a test does not exist", [first, `| 2 | Out | \`${story} › I walk out\` |`]],
    ["a name is another call's", [first, `| 2 | Out | \`${story} › I log out\` |`]],
    ["a file does not exist", [first, "| 2 | Out | `tests/flows/out.test.ts › I log in` |"]],
    ["a test runs on no engine", [first, "| 2 | Out | `tests/unit/door.test.ts › I log in` |"]],
  ] as const)("a page in which %s is found out", ([, rows]) => {
    expect(faultsOf([...rows])).not.toEqual([]);
  });
});
