import { describe, expect, test } from "vitest";
import { complaints, pageOf, samplesOf } from "../support/samples.js";

const page = pageOf("docs/extending.md");
const samples = samplesOf(page);

/** A slip that the compiler has to find, by the word that it replaces. */
const slips: [right: string, wrong: string][] = [
  ['profile: { company: "Analytical Engines" }', "profile: { company: 1 }"],
  ['  profile: { company: "Analytical Engines" },\n', ""],
  ["const company: string | undefined", "const company: string"],
  [".profile.company", ".profile.campany"],
  ['"EMAIL_TAKEN"', '"EMAIL_WRONG"'],
  ["ctx.posts.countOf", "ctx.posts.countFor"],
  ["sessionId: String(sid)", "session: String(sid)"],
  ['"PASSWORD_BREACHED"', '"PASSWORD_LEAKED"'],
  ['"reset_password"', '"resetPassword"'],
  ['mailFailure("address"', 'mailFailure("adress"'],
  ["event.newEmail", "event.email"],
  ['"registration.register") return "pass"', '"registration.create") return "pass"'],
  ["input.email?", "input.password?"],
  ['proof: "captcha" }', "proof: true }"],
];

describe("the page about extending", () => {
  test("a reader's samples compile, and would not with a slip", () => {
    const wrong = slips.map(([right, slip]) => {
      const sample = samples.find((text) => text.includes(right));
      if (sample === undefined) throw new Error(`There is no ${right} on the page.`);
      return sample.replace(right, () => slip);
    });
    const found = complaints([...samples, ...wrong]);
    expect(found.slice(0, samples.length)).toEqual(samples.map(() => []));
    for (const [index, [right]] of slips.entries()) {
      expect(found[samples.length + index], right).not.toEqual([]);
    }
  }, 120_000);

  test("every link of the table has its heading, and every heading its link", () => {
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, name = ""]) => name.toLowerCase().replaceAll(" ", "-"));
    const links = [...page.matchAll(/\]\(#([\w-]+)\)/g)].map(([, name]) => name);
    expect(links.toSorted()).toEqual(headings.toSorted());
  });
});
