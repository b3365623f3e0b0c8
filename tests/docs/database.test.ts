import { getTableConfig, type PgTable } from "drizzle-orm/pg-core";
import { describe, expect, test } from "vitest";
import * as schema from "../../packages/db/src/schema/index.js";
import * as exported from "../../packages/db/src/schema/public.js";
import { complaints, pageOf, samplesOf } from "../support/samples.js";

const page = pageOf("docs/database.md");

/** Columns with their types, of each table that has a section. */
const described = page.split(/^### /m).flatMap((section) => {
  const name = /^`(\w+)`/.exec(section)?.[1];
  const columns = [...section.matchAll(/^\| `(\w+)` +\| `([^`]+)` +\|/gm)].map(([, column, type]) => [column, type]);
  return name === undefined ? [] : [{ name, columns }];
});

/** Columns of the tables that have a row only. */
const listed = [...page.matchAll(/^\| `(\w+)` +\| [^|`]+\| ((?:`\w+`(?:, )?)+) +\|$/gm)].map(
  ([, name = "", list = ""]) => ({
    name,
    columns: [...list.matchAll(/\w+/g)].map(String),
  }),
);

function inDatabase(table: PgTable) {
  const { name, columns } = getTableConfig(table);
  const typeOf = (type: string) =>
    type.replace(' collate "C"', "").replace("timestamp (3) with time zone", "timestamptz(3)");
  return { name, columns: columns.map((column) => [column.name, typeOf(column.getSQLType())]) };
}

const byName = (one: { name: string }, other: { name: string }) => one.name.localeCompare(other.name);

describe("the page about the database", () => {
  test("describes every column of the tables that are exported, as they are", () => {
    expect(described.toSorted(byName)).toEqual(Object.values(exported).map(inDatabase).toSorted(byName));
  });

  test("lists every column of all the others, and no other", () => {
    const others = Object.values(schema)
      .map(inDatabase)
      .filter(({ name }) => !described.some((table) => table.name === name));
    const names = others.map(({ name, columns }) => ({ name, columns: columns.map(([column]) => column) }));
    const journal = { name: "migrations", columns: ["hash", "written_at"] };
    expect(listed.toSorted(byName)).toEqual([...names, journal].toSorted(byName));
  });

  test("its samples compile, and would not with a table or a column that is not there", () => {
    const [tables = "", config = "", ownTable = "", join = ""] = samplesOf(page);
    const joined = join.replace("./schema.js", "./sample-0.js");
    const wrong = [
      tables.replace("users.id", "users.key"),
      joined.replace("firstName: users.firstName", "name: users.name"),
    ];
    const found = complaints([tables, config, ownTable, joined, ...wrong]).map((sentences) => sentences.length > 0);
    expect(found).toEqual([false, false, false, false, true, true]);
  }, 120_000);
});
