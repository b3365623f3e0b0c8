import { randomUUID } from "node:crypto";
import * as db from "@keywright/db";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import * as schema from "../../packages/db/src/schema/index.js";
import { createTestDatabase, type TestDatabase } from "../support/database.js";

const dayMs = 86_400_000;
const now = new Date("2026-11-30T12:00:00.000Z");
const accountId = randomUUID();
const moment = (days: number) => `timestamptz '${new Date(now.getTime() + days * dayMs).toISOString()}'`;

let database: TestDatabase;
let client: postgres.Sql;
let tables: db.Database;
const heard: { text: string; parameters: unknown[] }[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const debug = (_id: number, text: string, parameters: unknown[]) => void heard.push({ text, parameters });
  client = postgres(database.url ?? "", { max: 1, onnotice: () => {}, debug });
  tables = drizzle(client, { schema });
  for (const statement of rows) await client.unsafe(statement);
  await client.unsafe("vacuum analyze");
}, 120_000);
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** Nothing of it is over, nothing of it is due. */
const rows = [
  `insert into keywright.users (id, email, email_key, email_verified_at, created_at)
    select gen_random_uuid(), n || '@example.com', n || '@example.com', ${moment(-90)}, ${moment(-90)}
    from generate_series(1, 20000) n`,
  `insert into keywright.users (id, created_at) values ('${accountId}', ${moment(-90)})`,
  `insert into keywright.sessions (id, token_hash, user_id, expires_at, absolute_expires_at, next_check_at, created_at,
      last_seen_at, authenticated_at, is_remembered)
    select gen_random_uuid(), sha256(id::text::bytea), id, ${moment(9)}, ${moment(30)}, ${moment(9)}, ${moment(-5)},
      ${moment(-5)}, ${moment(-5)}, true from keywright.users`,
  `insert into keywright.refresh_tokens (session_id, generation, current_hash)
    select id, 0, sha256(id::text::bytea) from keywright.sessions`,
  `insert into keywright.secrets (hash, purpose, user_id, email, created_at, expires_at)
    select sha256(id::text::bytea), 'reset_password', id, 'a', ${moment(-1)}, ${moment(1)} from keywright.users`,
  `insert into keywright.passwords (user_id, hash, updated_at)
    select id, (array['$kw1$', '$kw1p$AAAAAAAA$', '$kw1p$BBBBBBBB$'])[1 + abs(hashtext(id::text)) % 3]
      || repeat('A', 22) || '$2b$1' || abs(hashtext(id::text)) % 2 || '$' || repeat('.', 53), ${moment(-90)}
    from keywright.users`,
  `insert into keywright.rate_limits select n::text, 1, ${moment(1)} from generate_series(1, 20000) n`,
  `insert into keywright.audit_events (id, user_id, kind, at)
    select gen_random_uuid(), '${accountId}', 'login', ${moment(-1)} - n * interval '1 second' from generate_series(1, 60000) n`,
  `insert into keywright.outbox (id, kind, user_id, status, created_at, next_attempt_at, settled_at)
    select gen_random_uuid(), 'reset_password', '${accountId}', 'sent', ${moment(-1)}, ${moment(-1)}, ${moment(-1)}
    from generate_series(1, 50000)`,
];

const plans = z.array(z.looseObject({ Plan: z.record(z.string(), z.unknown()) }));

/** How many pages each statement of `work` reads, in the tables and in their indexes. */
async function pagesOf(work: () => Promise<unknown>): Promise<number[]> {
  heard.length = 0;
  await work();
  const statements = heard.filter(({ text }) => /^(?:select|insert|update|delete|with)/i.test(text));
  const pages: number[] = [];
  for (const { text, parameters } of statements) {
    const values = z.array(z.union([z.string(), z.number(), z.boolean(), z.null(), z.instanceof(Uint8Array)]));
    const [row] = await client.unsafe(
      `explain (analyze, buffers, timing off, format json) ${text}`,
      values.parse(parameters).map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value)),
    );
    const [top] = plans.parse(row?.["QUERY PLAN"]);
    pages.push(Number(top?.Plan["Shared Hit Blocks"]) + Number(top?.Plan["Shared Read Blocks"]));
  }
  return pages;
}

test("the pepper ids and costs in use are listed by a few pages, of however many hashes (A6)", async () => {
  const kinds: db.PasswordKind[] = [];
  const pages = await pagesOf(async () => kinds.push(...(await db.listPasswordKinds(tables))));
  const expected = [null, "AAAAAAAA", "BBBBBBBB"].flatMap((pepperId) => [10, 11].map((cost) => ({ pepperId, cost })));
  expect(kinds.toSorted((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)))).toEqual(
    expected.toSorted((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other))),
  );
  expect(pages).toHaveLength(1);
  expect(pages[0]).toBeLessThan(40);
});

describe("B2: an account's history is read page by page at the same cost", () => {
  test.each([0, 1_000, 59_000])("from behind the %ith event", async (depth) => {
    const [row] = await client.unsafe(
      `select id, at from keywright.audit_events where user_id = '${accountId}' order by at desc, id desc offset ${depth} limit 1`,
    );
    const before = z.object({ id: z.string(), at: z.coerce.date() }).parse(row);
    const pages = await pagesOf(() => db.listAuditEvents(tables, { userId: accountId, before, limit: 21 }));
    expect(pages).toHaveLength(1);
    expect(pages[0]).toBeLessThanOrEqual(12);
  });
});

test("a guess is counted, taken back and lifted by a few pages, of however many accounts and counts (A15)", async () => {
  const tried = {
    now,
    windowMs: 900_000,
    limit: 10,
    accountLimit: 20,
    noticeWindowMs: 30 * dayMs,
    nameKey: "password:name:x",
    keys: { emailKey: "77@example.com", usernameKey: null },
    marks: [{ userId: accountId, credentialVersion: 0, deviceKey: "password:device:x" }],
    call: { key: "ip-sign-in:192.0.2.1", limit: 120, windowMs: 60_000, at: now },
  };
  const counted: db.CountedTry[] = [];
  const pages = await pagesOf(async () => {
    counted.push(await db.countPasswordTry(tables, tried));
    for (const one of counted) await db.uncountPasswordTry(tables, tried, one);
    await db.forgetPasswordTries(tables, [tried.nameKey, ...db.accountTryKeys(accountId)]);
  });
  expect(counted).toMatchObject([{ isAllowed: true, isMarked: false, counts: { total: { points: 1 } } }]);
  expect(pages).toHaveLength(3);
  for (const read of pages) expect(read).toBeLessThanOrEqual(60);
});

test("B5: where nothing is over, a purge reads a few pages, however much there is", async () => {
  const before = new Date(now.getTime() - 30 * dayMs);
  const limit = 200;
  const purges = {
    sessions: () => db.purgeSessions(tables, { now, limit }),
    secrets: () => db.purgeSecrets(tables, { before, limit }),
    rateLimits: () => db.purgeRateLimits(tables, { limit }, before),
    sent: () => db.purgeMails(tables, { status: "sent", before, limit }),
    dead: () => db.purgeMails(tables, { status: "dead", before, limit }),
    events: () => db.purgeAuditEvents(tables, { before, limit }),
    users: () => db.deleteStaleUsers(tables, { before, after: null, limit }),
    usersFrom: () => db.listStaleUsers(tables, { before, after: { id: accountId, createdAt: new Date(0) }, limit }),
  };
  for (const [name, purge] of Object.entries(purges)) {
    for (const pages of await pagesOf(purge)) expect(pages, name).toBeLessThanOrEqual(4);
  }
});

test("B5: a batch reads no more of what was removed before than the batch before it", async () => {
  // In one transaction, so that vacuum cannot clear it away.
  await client.unsafe("begin");
  await client.unsafe(`insert into keywright.rate_limits
    select 'over' || n, 1, ${moment(-2)} + n * interval '1 millisecond' from generate_series(1, 9000) n`);
  const purge = (batch: db.Batch) => db.purgeRateLimits(tables, batch, now);
  const { first: oldest = null } = await purge({ limit: 8_000 });
  const { removed, first = null } = await purge({ limit: 10, from: oldest });
  expect([removed, oldest, first]).toEqual([10, ...[1, 8_001].map((ms) => new Date(now.getTime() - 2 * dayMs + ms))]);
  const [pages] = await pagesOf(() => purge({ limit: 1, from: first }));
  await client.unsafe("rollback");
  expect(pages).toBeLessThanOrEqual(20);
});

test("B8: a poll of the outbox does not read what is settled", async () => {
  const lease = { worker: randomUUID(), now, leaseUntil: new Date(now.getTime() + 60_000) };
  const since = new Date(0);
  const poll = await pagesOf(async () => {
    for (const busy of [[], ["slow.test"]]) await db.claimMails(tables, { ...lease, limit: 20, newest: 10, busy });
    await db.listLeases(tables, 1_000);
  });
  const drop = await pagesOf(() =>
    db.dropQueuedMails(tables, { userId: accountId, kinds: ["reset_password"], since, now }),
  );
  // A page for each index that it asks.
  for (const pages of [...poll, ...drop]) expect(pages).toBeLessThanOrEqual(5);
});

describe("B13: sessions that are in use", () => {
  const idsOf = async (limit: number) => {
    const found = await client.unsafe(`select id from keywright.sessions tablesample bernoulli (1) limit ${limit}`);
    return z.array(z.object({ id: z.string() })).parse([...found]);
  };

  test("noting the use of a session, or a login, touches no index", async () => {
    const later = new Date(now.getTime() + 3 * dayMs);
    const ids = await idsOf(300);
    expect(ids.length).toBeGreaterThan(100);
    const updates = await client.unsafe("begin").then(async () => {
      const from = { ip: "2001:db8::1", userAgent: "Phone/2" };
      const use = { now, expiresAt: later, everyMs: 1 };
      for (const { id } of ids) await db.touchSession(tables, { ...from, id }, use);
      const table = "'keywright.sessions'::regclass";
      return await client.unsafe(
        `select pg_stat_get_xact_tuples_updated(${table}) as all, pg_stat_get_xact_tuples_hot_updated(${table}) as hot`,
      );
    });
    await client.unsafe("commit");
    expect(updates[0]).toEqual({ all: `${ids.length}`, hot: `${ids.length}` });
  });

  test("one that was used since is looked at once an idle period, and removed when it is over", async () => {
    const [session] = await idsOf(1);
    const id = session?.id ?? "";
    await client.unsafe(`update keywright.sessions set next_check_at = ${moment(-1)} where id = '${id}'`);
    expect(await db.purgeSessions(tables, { now, limit: 10 })).toEqual({ removed: 0, seen: 1, first: null });
    expect(await db.purgeSessions(tables, { now, limit: 10 })).toEqual({ removed: 0, seen: 0, first: null });
    const over = `next_check_at = ${moment(-1)}, expires_at = ${moment(-1)}`;
    await client.unsafe(`update keywright.sessions set ${over} where id = '${id}'`);
    const first = new Date(now.getTime() - dayMs);
    expect(await db.purgeSessions(tables, { now, limit: 10 })).toEqual({ removed: 1, seen: 1, first });
  });
});
