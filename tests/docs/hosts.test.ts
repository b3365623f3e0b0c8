import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { repositoryFiles, type Source } from "../house/sources.js";

/** What servers and frameworks are called in sentences, and their name in `examples/hosts`. */
const hosts: [name: string, pattern: RegExp][] = [
  ["express", /\bExpress\b/],
  ["fastify", /\bFastify\b/],
  ["hono", /\bHono\b/],
  ["bun", /\bBun\b/],
  ["next", /\bNext(?:\.js)? (?:app|\d)|\bNext\.js\b|[(,] ?Next[,)]|\bor Next\b/],
  ["koa", /\bKoa\b/],
  ["hapi", /\b[Hh]api\b/],
  ["nest", /\bNest(?:JS)?\b/],
  ["nuxt", /\bNuxt\b/],
  ["svelte-kit", /\bSvelteKit\b/],
  ["remix", /\bRemix\b/],
  ["react-router", /\bReact Router\b/],
  ["tanstack-start", /\bTanStack Start\b/],
  ["astro", /\bAstro\b/],
  ["solid-start", /\bSolidStart\b/],
  ["elysia", /\bElysia\b/],
  ["deno", /\bDeno\b/],
  ["workers", /\bCloudflare Workers?\b/],
  ["lambda", /\bLambda\b/],
  ["edge", /\b[Ee]dge (?:runtime|function)s?\b/],
];

/** Whether an app for this host is in the folder, which the tests start. */
function isTried(name: string): boolean {
  return [`src/${name}.ts`, `${name}/package.json`].some((file) =>
    existsSync(new URL(`../../examples/hosts/${file}`, import.meta.url)),
  );
}

/** The sentences of a page, or those in the comments of a module. */
function proseOf({ path, text }: Source): string {
  if (path.endsWith(".md")) return text;
  return text
    .split("\n")
    .filter((line) => /^\s*(?:\*|\/\/|\/\*)/.test(line))
    .join("\n");
}

function untriedIn(source: Source): string[] {
  const prose = proseOf(source);
  return hosts.flatMap(([name, pattern]) =>
    pattern.test(prose) && !isTried(name)
      ? [`${source.path} names ${name}, which no app in examples/hosts tries.`]
      : [],
  );
}

test("H1: no page and no comment names a host that is not tried", () => {
  const sources = repositoryFiles().filter(({ path }) => /^(?:packages|apps)\/[^/]+\/src\/.*\.tsx?$|\.md$/.test(path));
  const read = sources.filter(({ path }) => path !== "CHANGELOG.md" && !path.startsWith("docs/decisions/"));
  expect(read.map(({ path }) => path)).toEqual(expect.arrayContaining(["README.md", "packages/api/src/keywright.ts"]));
  expect(read.flatMap(untriedIn)).toEqual([]);
});

test("a host that is not tried would be found", () => {
  expect(untriedIn({ path: "a.md", text: "Works on Koa and Express." })).toHaveLength(1);
  expect(untriedIn({ path: "a.ts", text: "/** For Deno. */\nconst Koa = 1;" })).toHaveLength(1);
});
