import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const journal = z.object({ entries: z.array(z.object({ tag: z.string(), when: z.number() })) });

const folder = fileURLToPath(new URL("../../packages/db/migrations", import.meta.url));

/** The text of each migration in a module, which bundlers carry along; a folder beside the code they would lose. */
export function migrationsModule(): string {
  const { entries } = journal.parse(JSON.parse(read("meta/_journal.json")));
  const rows = entries.map(({ tag, when }) => {
    return `  {\n    tag: ${JSON.stringify(tag)},\n    when: ${when},\n    text: ${literal(read(`${tag}.sql`))},\n  },\n`;
  });
  return `// Made from packages/db/migrations by \`npm run generate\`, after \`drizzle-kit generate\` has written a new one there.

/** One migration file, as written by drizzle-kit. */
export interface MigrationFile {
  tag: string;
  /** When it was written, in milliseconds since 1970. */
  when: number;
  text: string;
}

/** The migrations of this version, in order. */
export const migrationFiles: readonly MigrationFile[] = [
${rows.join("")}];
`;
}

function read(name: string): string {
  return readFileSync(`${folder}/${name}`, "utf8");
}

/** On lines of its own, so that a reader sees SQL. */
function literal(text: string): string {
  return `\`${text.replaceAll(/[\\`]|\$(?=\{)/g, "\\$&")}\``;
}
