import { isMigrated, migrate } from "@keywright/db";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFault } from "../../packages/api/src/operator/start-fault.js";
import { connectPglite } from "../../packages/db/src/pglite.js";
import { refusal } from "../support/refusal.js";

let memory: Awaited<ReturnType<typeof connectPglite>>;
beforeAll(async () => {
  memory = await connectPglite();
});
afterAll(() => memory.close());

test("an embedded database of Keywright 0.1 is refused with a sentence, and nothing is written to it", async () => {
  await memory.db.execute("create table users (id uuid, credential_version integer)");
  await memory.db.execute("create table outbox (id uuid, minted_at timestamptz)");
  const refused = await refusal(migrate(memory));
  expect(startFault(refused, "DATABASE_URL")).toMatch(
    /^The embedded database was created by Keywright 0\.1, .*move its folder away.*\.$/,
  );
  await expect(memory.db.execute("select 'keywright'::regnamespace")).rejects.toThrow();
  expect(await isMigrated(memory)).toBe(false);
  await memory.db.execute("drop table users");
  await migrate(memory);
  expect(await isMigrated(memory)).toBe(true);
});
