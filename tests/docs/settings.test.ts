import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseSettings } from "../../packages/api/src/settings/parse-settings.js";
import { complaints, samplesOf } from "../support/samples.js";

const page = readFileSync(new URL("../../docs/settings.md", import.meta.url), "utf8");

/** Group, setting and default of every row. */
const rows = page.split(/^## /m).flatMap((section) => {
  const group = /^`(\w+)`/.exec(section)?.[1];
  if (group === undefined) return [];
  return [...section.matchAll(/^\| `(\w+)` +\| (.+?) +\| \S/gm)].map(([, name = "", given = ""]) => ({
    group,
    name,
    given,
  }));
});

describe("the page of settings", () => {
  test("names every setting with its default, and no other", () => {
    const defaults = Object.entries(parseSettings({})).flatMap(([group, settings]) => {
      return Object.entries(settings).map(([name, value]) => `${group}.${name}: \`${JSON.stringify(value)}\``);
    });
    const told = rows.map(({ group, name, given }) => `${group}.${name}: ${given}`);
    const withoutDefault = ["password.pepper: none", "password.previousPeppers: none", "password.lostPeppers: none"];
    expect(told.toSorted()).toEqual([...defaults, ...withoutDefault].toSorted());
  });

  test("O8: its samples compile, and would not with a misspelled setting", () => {
    const samples = samplesOf(page);
    const misspelled = samples.map((sample) => sample.replace("appName:", "apName:"));
    const found = complaints([...samples, ...misspelled]).map((sentences) => sentences.length > 0);
    expect(found).toEqual([false, false, true, true]);
  }, 120_000);

  test("a group has eight settings at most, and tokens have nine", () => {
    const { tokens, ...others } = parseSettings({});
    const sizes = Object.values(others).map((group) => Object.keys(group).length);
    expect(sizes).toHaveLength(9);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8);
    expect(Object.keys(tokens)).toHaveLength(9);
  });
});

describe("settings that make no sense", () => {
  test.each([
    ["a login that no registration leads to", { login: { fields: ["username"] } }, "`registration.required`"],
    ["no password and no mailbox", { registration: { required: ["username"] } }, "`registration.required` without"],
    [
      "verification without an address",
      { registration: { required: ["username", "password"], verification: "mandatory" } },
      '`registration.verification: "mandatory"`',
    ],
    [
      "a sign-in by a link that is never sent",
      { registration: { verification: "none", signInOnVerification: true } },
      "`registration.signInOnVerification`",
    ],
    [
      "a purge of everybody",
      { registration: { verification: "none", unverifiedDays: 30 } },
      "would delete every account",
    ],
    [
      "an account that ends before its link",
      { registration: { unverifiedDays: 1 }, tokens: { verifyHours: 48 } },
      "`registration.unverifiedDays` must not end before",
    ],
    [
      "an account without a password that ends before its link",
      { registration: { required: ["email"], unverifiedDays: 3 } },
      "(`tokens.setPasswordHours`)",
    ],
    ["lengths the wrong way round", { password: { minLength: 80, maxLength: 64 } }, "`password.minLength`"],
    ["usernames of no length", { user: { usernameMinLength: 9, usernameMaxLength: 8 } }, "`user.usernameMinLength`"],
    ["a rest longer than the whole", { session: { idleDays: 31 } }, "`session.idleDays`"],
    ["a page elsewhere", { mail: { paths: { home: "//evil.test" } } }, "`mail.paths.home`"],
    ["a page elsewhere, as browsers read it", { mail: { paths: { home: "/\\evil.test" } } }, "`mail.paths.home`"],
    ["a language that is not there", { mail: { language: "fr" } }, "`mail.language`"],
    ["a setting that is not there", { user: { colour: "red" } }, "`user.colour`"],
  ] as const)("an operator who asks for %s is told which setting", (_what, given, named) => {
    const input: unknown = given;
    expect(() => Reflect.apply(parseSettings, null, [input])).toThrow(named);
  });
});
