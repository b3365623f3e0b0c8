import { drizzle } from "drizzle-orm/postgres-js";
import { type Address, parseAddress } from "../address/address.js";
import type { Connection, ConnectOptions, Database } from "../database.js";
import * as schema from "../schema/index.js";
import { createClient } from "./client.js";
import { createModel, defaultConnectMs, openDriver } from "./driver.js";
import type { Route } from "./opening.js";
import { createPool } from "./pool.js";
import { sessionOn } from "./session.js";
import { inTime } from "./statement.js";
import { createWays, type Ways } from "./ways.js";

const TIMESTAMPTZ = 1184;
const PING_MS = 3_000;
const UNLIMITED_MS = 2_147_483_647; // the maximum of PostgreSQL and Node's timers; postgres.js does not send a zero

interface Settings {
  size: number;
  statementMs: number;
  transactionMs: number;
  /** PostgreSQL's own limit: lower than ours, so that a slow statement does not cost the connection. */
  serverMs: number;
}

interface Place {
  address: Address;
  ways: Ways;
}

/** How long an outage may hold up a request. */
const REQUEST = { statementMs: 6_000, transactionMs: 12_000, serverMs: 5_000 };
const UNHURRIED = { size: 1, statementMs: UNLIMITED_MS, transactionMs: UNLIMITED_MS, serverMs: UNLIMITED_MS };

const fitness = {
  any: null,
  primary: "not pg_is_in_recovery()",
  // Also off on a standby, whatever its setting.
  "read-write": "current_setting('transaction_read_only') = 'off'",
};

/** Connects to PostgreSQL at the first statement, and reconnects by itself after an outage. */
export function connectPostgres(url: string, options: ConnectOptions): Connection {
  const { onStatement, poolSize = 10, onWarning = () => {} } = options;
  const address = parseAddress(url);
  if (address.bindsChannel && address.tls.mode !== "verify-full") onWarning(unbound);
  const place = { address, ways: createWays(address, onWarning) };
  const size = address.poolSize ?? poolSize;
  const { db, session, pool } = open(place, { ...REQUEST, size }, onStatement);
  return {
    db,
    engine: "postgres",
    link: { isExposed: place.ways.isExposed, renew: pool.renew },
    ping: async () => {
      await inTime(session.unsafe("select 1"), PING_MS);
    },
    unhurried: async (work) => {
      const apart = open(place, UNHURRIED);
      return work(apart.db).finally(apart.pool.close);
    },
    close: pool.close,
  };
}

const unbound =
  "The database's address has channel_binding=require, which Keywright's driver cannot do: sslmode=verify-full keeps forged servers out instead.";

function open({ address, ways }: Place, settings: Settings, onStatement?: (sql: string) => void) {
  // Never connects: Drizzle sets its options, and calls the pool's session instead of its methods.
  const model = createModel();
  const route: Route = {
    ways,
    fitness: fitness[address.target],
    open: (way, hooks) => openDriver({ address, way, serverMs: settings.serverMs, model }, hooks),
  };
  const patience = {
    openingMs: Math.max(0, (address.connectMs ?? 0) - defaultConnectMs),
    serverMs: settings.serverMs,
  };
  const pool = createPool({
    size: settings.size,
    waitMs: address.poolWaitMs ?? settings.statementMs,
    open: (onClose) => createClient(route, patience, onClose),
  });
  const session = sessionOn(pool, settings);
  const logger = onStatement && { logQuery: (text: string) => onStatement(text) };
  const db: Database = drizzle(Object.assign(model, session), { schema, ...(logger && { logger }) });
  // Drizzle removes the client's own date handling, which a Date that reaches the driver outside a column needs.
  model.options.serializers[TIMESTAMPTZ] = (value: unknown) => (value instanceof Date ? value.toISOString() : value);
  return { db, session, pool };
}
