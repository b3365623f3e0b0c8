import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import type * as main from "@keywright/client";
import type * as offline from "@keywright/client/offline";
import { build } from "rolldown";

/** A change to the client's own source, to see that somebody notices. */
export interface Edit {
  file: string;
  from: string;
  to: string;
}

/** What a browser's page, or a phone's program, has as globals. */
const names = [
  "document",
  "window",
  "BroadcastChannel",
  "setTimeout",
  "clearTimeout",
  "Date",
  "performance",
  "Math",
  "reportError",
] as const;

export type Globals = Partial<Record<(typeof names)[number], unknown>>;
/** The two entries, as a program has loaded them. */
export type ClientCode = (
  globals: Globals,
) => Pick<typeof main, "createKeywrightClient"> & Pick<typeof offline, "lastKnownUser">;

const source = fileURLToPath(new URL("../../../packages/client/src/", import.meta.url));

const entry = "program";
const entryCode = ["index", "offline"].map((name) => `export * from "${source}${name}.ts";`).join("\n");

/** The client from its source, to be run as often as there are programs, each with globals of its own. */
export async function buildClient(edits: readonly Edit[] = []): Promise<ClientCode> {
  const unused = new Set(edits);
  const plugin = {
    name: "edits",
    resolveId: (id: string) => (id === entry ? id : null),
    async load(id: string) {
      if (id === entry) return entryCode;
      const own = edits.filter(({ file }) => id === `${source}${file}`);
      if (own.length === 0) return null;
      let code = await readFile(id, "utf8");
      for (const edit of own) {
        if (code.includes(edit.from)) unused.delete(edit);
        code = code.replace(edit.from, edit.to);
      }
      return { code, moduleType: "ts" as const };
    },
  };
  const { output } = await build({
    input: entry,
    platform: "browser",
    write: false,
    logLevel: "silent",
    plugins: [plugin],
    resolve: { conditionNames: ["@keywright/source", "import", "browser", "default"] },
    output: { format: "iife", name: "client", codeSplitting: false },
  });
  for (const { file, from } of unused) throw new Error(`${file} has no "${from}" to be changed.`);
  const run = compileFunction(`${output[0].code}\nreturn client;`, [...names]);
  return (globals) => run(...names.map((name) => globals[name]));
}
