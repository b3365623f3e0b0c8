import { importsOf } from "./imports.js";
import type { Source } from "./sources.js";
import { broken } from "./syntax.js";

type Graph = ReadonlyMap<string, readonly string[]>;

/** Files that import one another, within or across packages. Type-only imports count as well. */
export function importCycles(sources: readonly Source[]): string[] {
  const graph = graphOf(sources);
  const reported = new Set<string>();
  return [...graph.keys()].sort().flatMap((path) => {
    const circle = reported.has(path) ? null : shortestWayBack(graph, path);
    if (!circle) return [];
    for (const member of circle) reported.add(member);
    return [
      broken(
        { path, line: 1 },
        `import cycle ${circle.join(" → ")}: move what they share to a file that imports neither`,
      ),
    ];
  });
}

function graphOf(sources: readonly Source[]): Graph {
  return new Map(sources.map((source) => [source.path, importsOf(source).flatMap(({ file }) => file ?? [])]));
}

function shortestWayBack(graph: Graph, start: string): string[] | null {
  const ways: string[][] = [[start]];
  const seen = new Set<string>();
  for (const way of ways) {
    const next = graph.get(way.at(-1) ?? start) ?? [];
    if (next.includes(start)) return [...way, start];
    const fresh = next.filter((path) => !seen.has(path));
    for (const path of fresh) seen.add(path);
    ways.push(...fresh.map((path) => [...way, path])); // the loop continues with them: breadth first
  }
  return null;
}
