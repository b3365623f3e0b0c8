import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type Migration, readMigrations } from "../../packages/db/src/journal.js";

const ours = fileURLToPath(new URL("../../packages/db/migrations", import.meta.url));
const journal = z.looseObject({ entries: z.array(z.looseObject({ tag: z.string(), when: z.number() })) });

export interface MigrationFolder {
  path: string;
  /** Adds a migration, as drizzle-kit would at the moment `when`. */
  add(tag: string, when: number, ...statements: string[]): Promise<void>;
  /** All of them, for Keywright's migrator. */
  migrations(): Promise<Migration[]>;
  /** When the last one was written. */
  lastWhen(): Promise<number>;
  remove(): Promise<void>;
}

/** A made-up folder of migrations: an app's own, or Keywright's with more to follow. */
export async function makeMigrationFolder(start: "empty" | "keywright"): Promise<MigrationFolder> {
  const path = await mkdtemp(join(tmpdir(), "keywright-migrations-"));
  const file = join(path, "meta/_journal.json");
  const read = async () => journal.parse(JSON.parse(await readFile(file, "utf8")));
  await cp(ours, path, { recursive: true });
  if (start === "empty") await writeFile(file, JSON.stringify({ version: "7", dialect: "postgresql", entries: [] }));
  return {
    path,
    async add(tag, when, ...statements) {
      await writeFile(join(path, `${tag}.sql`), statements.join("--> statement-breakpoint\n"));
      const { entries, ...rest } = await read();
      const entry = { idx: entries.length, version: "7", when, tag, breakpoints: true };
      await writeFile(file, JSON.stringify({ ...rest, entries: [...entries, entry] }));
    },
    async migrations() {
      const files = (await read()).entries.map(async ({ tag, when }) => {
        return { tag, when, text: await readFile(join(path, `${tag}.sql`), "utf8") };
      });
      return readMigrations(await Promise.all(files));
    },
    lastWhen: async () => (await read()).entries.at(-1)?.when ?? 0,
    remove: () => rm(path, { recursive: true, force: true }),
  };
}
