import { german } from "@keywright/client/messages";
import { expect, test } from "vitest";
import { siteOf } from "../../apps/server/src/site.js";
import { parseSettings } from "../../packages/api/src/settings/parse-settings.js";

const site = (language: "en" | "de") => siteOf(parseSettings({ mail: { language } }), "http://localhost").words;

test("O8: the pages say of a field in German what the client says of it", () => {
  for (const [reason, sentence] of Object.entries(site("de").fieldFaults)) {
    expect([reason, sentence]).toEqual([reason, Object.entries(german).find(([name]) => name === reason)?.[1]]);
  }
});

test("O8: no sentence of the pages is in both languages the same", () => {
  const [english, translated] = [textsOf(site("en")), textsOf(site("de"))];
  expect(translated).toHaveLength(english.length);
  expect(english.filter((text) => translated.includes(text))).toEqual([]);
});

/** All that a table says; what takes a value says it with `f•••@example.com` or 3. */
function textsOf(table: unknown): string[] {
  if (typeof table === "string") return [table];
  if (typeof table === "function") return [String(table("f•••@example.com")), String(table(null)), String(table(3))];
  if (typeof table !== "object" || table === null) return [];
  return Object.entries(table).flatMap(([name, part]) => (name === "fieldFaults" ? [] : textsOf(part)));
}
