import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type OutputChunk } from "rolldown";

interface Bundle {
  /** What a page loads before it shows anything: the first chunk and everything it imports statically. */
  initialBytes: number;
  /** And what it loads later. */
  wholeBytes: number;
}

/** A production page: minified, each file compressed with `gzip -9`. */
export async function bundle(folder: string, page: string): Promise<Bundle> {
  const input = join(folder, "page.ts");
  await writeFile(input, page);
  const { output } = await build({
    input,
    platform: "browser",
    write: false,
    logLevel: "silent",
    transform: { define: { "process.env.NODE_ENV": '"production"' } },
    output: { format: "esm", minify: true },
  });
  const chunks = new Map(output.filter(isChunk).map((chunk) => [chunk.fileName, chunk]));
  const initial = new Set([...chunks.values()].filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName));
  for (const name of initial) for (const next of chunks.get(name)?.imports ?? []) initial.add(next);
  const sizeOf = (names: Iterable<string>) =>
    [...names].reduce((sum, name) => sum + gzipSync(chunks.get(name)?.code ?? "", { level: 9 }).length, 0);
  return { initialBytes: sizeOf(initial), wholeBytes: sizeOf(chunks.keys()) };
}

function isChunk(file: { type: string }): file is OutputChunk {
  return file.type === "chunk";
}
