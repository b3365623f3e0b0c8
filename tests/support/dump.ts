import type { TestApp } from "./app.js";

/** Every value of every column, as text. */
export async function valuesIn(app: TestApp): Promise<Set<string>> {
  const tables = await app.sql("select table_name from information_schema.tables where table_schema = 'keywright'");
  const values = new Set<string>();
  for (const { table_name } of tables) {
    const rows = await app.sql(`select * from keywright."${table_name}"`);
    for (const value of rows.flatMap((row) => Object.values(row))) {
      for (const text of textsOf(value)) values.add(text);
    }
  }
  return values;
}

function textsOf(value: unknown): string[] {
  if (value === null || value === undefined) return [];
  if (value instanceof Date) return [value.toISOString()];
  if (!(value instanceof Uint8Array)) return [String(value)];
  const bytes = Buffer.from(value);
  return [bytes.toString("hex"), bytes.toString("base64url")];
}
