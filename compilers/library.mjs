// How a library is built: each entry in one file and a few parts, instead of 200 modules, which take twice as long to
// load. What the package depends on stays outside.
import { readFileSync } from "node:fs";

/** A library's configuration, run in its folder: the entries are those of its `exports`. */
export function library() {
  const { exports, imports = {} } = JSON.parse(readFileSync("package.json", "utf8"));
  const sources = Object.values(exports).flatMap((entry) => entry["@keywright/source"] ?? []);
  return {
    input: Object.fromEntries(sources.map((source) => [source.slice("./src/".length, -".ts".length), source])),
    platform: "node",
    // By their names; a path may begin with a letter on Windows.
    external: (id) => id in imports || /^(?:node:|@?[a-z][\w.-]*(?:\/|$))/.test(id),
    logLevel: "warn",
    output: {
      dir: "dist",
      // Without a hash: no parts of earlier builds are left to be published.
      chunkFileNames: "part-[name].js",
      sourcemap: true,
      comments: { legal: true, annotation: true, jsdoc: false },
    },
  };
}
