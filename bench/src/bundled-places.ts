import { existsSync, readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { fileURLToPath } from "node:url";
import type { Profile } from "./profile.js";

/** A profile whose functions are where they were before they were bundled, so far as a source map tells. */
export function unbundled({ nodes, ...rest }: Profile): Profile {
  const maps = new Map<string, SourceMap | null>();
  const placeOf = ({ url, lineNumber = 0, columnNumber = 0 }: Profile["nodes"][number]["callFrame"]) => {
    const map = maps.get(url) ?? mapOf(url);
    maps.set(url, map);
    const entry = map?.findEntry(lineNumber, columnNumber);
    return entry && "originalSource" in entry ? new URL(entry.originalSource, url).href : url;
  };
  const located = nodes.map(({ callFrame, ...node }) => ({
    ...node,
    callFrame: { ...callFrame, url: placeOf(callFrame) },
  }));
  return { ...rest, nodes: located };
}

function mapOf(url: string): SourceMap | null {
  const file = url.startsWith("file:") && url.includes("/bench/dist/servers/") ? `${fileURLToPath(url)}.map` : "";
  if (!existsSync(file)) return null;
  const payload: SourceMapPayload = JSON.parse(readFileSync(file, "utf8"));
  return new SourceMap(payload);
}
