import { describe, expect, test } from "vitest";
import { pageOf } from "../support/samples.js";

const folder = "examples/frameworks";
const files = ["vue/use-session.ts", "svelte/session.ts", "solid/use-session.ts"];
const textOf = (file: string) => pageOf(`${folder}/src/${file}`);

describe("a framework around the session store", () => {
  test.each(files)("takes %s, of at most 15 lines, which the page of the examples names", (file) => {
    expect(textOf(file)).toContain("client.session.subscribe(");
    expect(textOf(file).trimEnd().split("\n").length).toBeLessThanOrEqual(15);
    expect(pageOf(`${folder}/README.md`)).toContain(`(src/${file})`);
  });

  test("is shown on the client's page by the shortest of these files, word for word", () => {
    const shortest = files.map(textOf).toSorted((one, other) => one.length - other.length)[0] ?? "";
    expect(pageOf("docs/client.md")).toContain(`\`\`\`ts\n${shortest}\`\`\`\n`);
  });
});
