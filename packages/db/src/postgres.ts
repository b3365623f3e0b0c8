import net from "node:net";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres, { type Sql } from "postgres";
import type { Connection, ConnectOptions, Database } from "./database.js";
import { connectionFault, createPool } from "./postgres-pool.js";
import { inTime, sessionOn } from "./postgres-session.js";
import * as schema from "./schema/index.js";

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

/** How long an outage may hold up a request. */
const REQUEST = { statementMs: 6_000, transactionMs: 12_000, serverMs: 5_000 };
const UNHURRIED = { size: 1, statementMs: UNLIMITED_MS, transactionMs: UNLIMITED_MS, serverMs: UNLIMITED_MS };

/** Connects to PostgreSQL at the first statement, and reconnects by itself after an outage. */
export function connectPostgres(url: string, { onStatement, poolSize = 10 }: ConnectOptions): Connection {
  const { db, session, close } = open(url, { ...REQUEST, size: poolSize }, onStatement);
  return {
    db,
    engine: "postgres",
    ping: async () => {
      await inTime(session.unsafe("select 1"), PING_MS);
    },
    unhurried: async (work) => {
      const apart = open(url, UNHURRIED);
      return work(apart.db).finally(apart.close);
    },
    close,
  };
}

function open(url: string, settings: Settings, onStatement?: (sql: string) => void) {
  // Never connects: Drizzle sets its options, and calls the pool's session instead of its methods.
  const model = openClient(url, settings);
  const pool = createPool<Sql>({
    size: settings.size,
    waitMs: settings.statementMs,
    open: (onclose) => {
      const client = openClient(url, settings, onclose);
      Object.assign(client.options.parsers, model.options.parsers);
      Object.assign(client.options.serializers, model.options.serializers);
      return client;
    },
  });
  const session = sessionOn(pool, settings);
  const logger = onStatement && { logQuery: (text: string) => onStatement(text) };
  const db: Database = drizzle(Object.assign(model, session), { schema, ...(logger && { logger }) });
  // Drizzle removes the client's own date handling, which a Date that reaches the driver outside a column needs.
  model.options.serializers[TIMESTAMPTZ] = (value: unknown) => (value instanceof Date ? value.toISOString() : value);
  return { db, session, close: pool.close };
}

function openClient(url: string, { serverMs }: Settings, onclose = () => {}): Sql {
  const options = {
    max: 1,
    max_lifetime: null,
    idle_timeout: 60,
    connect_timeout: 3,
    // Would query each new connection for array types, which no parameter or column of ours has.
    fetch_types: false,
    socket: connectOnce(),
    connection: {
      application_name: "keywright",
      statement_timeout: serverMs,
      idle_in_transaction_session_timeout: serverMs,
    },
    onclose,
    onnotice: () => {},
  };
  try {
    return postgres(url, options);
  } catch {
    // Without the cause: Node attaches the whole URL, password included, to its error.
    throw new Error(
      "DATABASE_URL is not a valid postgres:// URL: special characters in its user or password must be percent-encoded.",
    );
  }
}

interface Address {
  host: string[];
  port: number[];
  path: string | false;
}

/**
 * Tries each host in turn, once: postgres.js would reconnect by itself, without a pause if the server (or a proxy in
 * front of it) hangs up at once, and a lost connection is replaced by a new client anyway.
 */
function connectOnce() {
  let attempts = 0;
  return ({ host, port, path }: Address): net.Socket => {
    const at = attempts++;
    const name = host[at];
    if (name === undefined) throw connectionFault("CONNECTION_CLOSED", "PostgreSQL ended the connection");
    if (path) return net.connect(path);
    // postgres.js takes the name for the server's certificate from the socket.
    return Object.assign(net.connect(port[at] ?? 5432, name), { host: name });
  };
}
