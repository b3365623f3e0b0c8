/** One migration file; `sql` with drizzle-kit's breakpoints. */
export interface MigrationFile {
  name: string;
  sql: string;
}

const breakpoint = "--> statement-breakpoint";

/** Cannot run in a transaction, so must be alone in a file. */
const concurrent = [
  /^create (?:unique )?index concurrently "\w+" on "keywright"\./i,
  /^drop index concurrently if exists "keywright"\."\w+"$/i,
];

/** Reads a whole table under a light lock: in its own transaction, so that no heavier lock is held meanwhile. */
const validating = /^alter table "keywright"\."\w+" validate constraint "\w+"$/i;

/** Needs a heavy lock only for a moment, whatever the table contains. */
const brief = [
  /^alter table "keywright"\."\w+" add constraint "\w+" (?:check|foreign key)\b.* not valid$/i,
  /^alter table "keywright"\."\w+" alter column "\w+" (?:drop not null|drop default|set default\b.*)$/i,
  /^alter table "keywright"\."\w+" set \(\w+ = \d+\)$/i,
];

const newTable = /^create table "keywright"\."(\w+)"/i;
const onTable = /^(?:alter table|create (?:unique )?index "\w+" on) "keywright"\."(\w+)"/i;
const newColumn = /^alter table "keywright"\."\w+" add column "\w+" (.+)$/i;

/**
 * What a migration would do to tables in use: lock them for as long as it reads or writes them, or lose their data. The
 * first file is exempt: it creates all tables.
 */
export function unsafeMigrations(files: readonly MigrationFile[]): string[] {
  return files.slice(1).flatMap(({ name, sql }) => {
    const statements = statementsOf(sql);
    const made = new Set(statements.flatMap((statement) => newTable.exec(statement)?.[1] ?? []));
    const isSafe = (statement: string) => isAllowed(statement, made, statements);
    return statements.filter((statement) => !isSafe(statement)).map((statement) => `${name}: ${statement}`);
  });
}

function statementsOf(sql: string): string[] {
  const pieces = sql.split(breakpoint).flatMap((piece) => piece.replaceAll(/^\s*--.*$/gm, "").split(/;\s*(?:\n|$)/));
  return pieces.map((piece) => piece.replaceAll(/\s+/g, " ").trim()).filter((statement) => statement !== "");
}

function isAllowed(statement: string, made: ReadonlySet<string>, all: readonly string[]): boolean {
  const isConcurrent = (text: string) => concurrent.some((pattern) => pattern.test(text));
  if (isConcurrent(statement)) return all.every(isConcurrent);
  if (validating.test(statement)) return all.every((text) => validating.test(text));
  const table = onTable.exec(statement)?.[1];
  if (table !== undefined && made.has(table)) return true;
  if (newTable.test(statement) || brief.some((pattern) => pattern.test(statement))) return true;
  const column = newColumn.exec(statement)?.[1];
  return column !== undefined && isLightColumn(column);
}

/** A column that PostgreSQL adds without writing a row: nothing to compute, check or index. */
function isLightColumn(definition: string): boolean {
  if (/\b(?:primary|unique|references|check|generated|serial|bigserial)\b/i.test(definition)) return false;
  const withoutType = definition.replace(
    /^"?\w+"?(?: \(\d+(?:, ?\d+)?\))?(?: with(?:out)? time zone)?(?: collate "C")?/i,
    "",
  );
  return /^(?: default (?:'[^']*'(?:::\w+)?|-?\d+|true|false)(?: not null)?)?$/i.test(withoutType);
}
