import { createFetchHandler, createKeywright, type Keywright } from "@keywright/api";
import { createKeywrightClient } from "@keywright/client";
import type { Connection } from "@keywright/db";
import { afterAll, beforeAll, expect, test } from "vitest";
import { publicUrl, testSecret } from "../support/app.js";
import { createBrowser } from "../support/browser.js";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { reasonFor } from "../support/reason.js";
import { appRouter } from "../support/router.js";

const dayMs = 86_400_000;

let database: TestDatabase;
let connection: Connection;
let [today, later]: Keywright[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  connection = await database.connect();
  today = await startAt(0);
  later = await startAt(15 * dayMs);
});
afterAll(async () => {
  // The connection is shared, and closing it twice does no harm.
  await today?.close();
  await later?.close();
  await database.drop();
});

function startAt(offsetMs: number): Promise<Keywright> {
  return createKeywright({
    secret: testSecret,
    publicUrl,
    database: connection,
    mailer: { send: async () => {}, close: async () => {} },
    password: { bcryptCost: 4 },
    now: () => new Date(Date.now() + offsetMs),
  });
}

test("two Keywrights on one connection keep their own clocks", async () => {
  const served: { by: Keywright | undefined } = { by: today };
  const browser = createBrowser(async (request) => {
    const { by } = served;
    if (!by) throw new Error("Nobody serves.");
    return await createFetchHandler({ router: appRouter, endpoint: "/trpc", createContext: by.createContext })(request);
  }, {});
  const client = createKeywrightClient({ url: publicUrl, fetch: browser.fetch });
  await client.registration.register.mutate({ email: "ada@example.com", password: "correct horse" });
  expect(await client.user.me.query()).toMatchObject({ email: "ada@example.com" });
  // To this one the session has been idle for fifteen days.
  served.by = later;
  expect(await reasonFor(client.user.me.query())).toBe("NOT_AUTHENTICATED");
});
