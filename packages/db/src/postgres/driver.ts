import postgres, { type Sql } from "postgres";
import type { Address } from "../address/address.js";
import { dial } from "./dial.js";
import type { Driver, Hooks } from "./opening.js";
import { connectionFault } from "./pool.js";
import type { Way } from "./ways.js";

/** How long connecting to a host may take, unless the address has `connect_timeout`. */
export const defaultConnectMs = 3_000;

interface Opening {
  address: Address;
  way: Way;
  serverMs: number;
  /** The client whose way of reading and writing values is taken over. */
  model: Sql;
}

/** The part of a client that runs statements. */
interface Runner {
  unsafe(text: string, parameters?: unknown[], options?: object): Promise<unknown> & { values(): unknown };
}

/** A client that never connects, for its parsers and serializers. */
export function createModel(): Sql {
  return postgres({ host: "localhost", max: 1 });
}

/** A postgres.js client with one connection, which is opened with the first statement. */
export function openDriver({ model, ...opening }: Opening, { onUp, onClose }: Hooks): Driver {
  const givenUp = new AbortController();
  const socket = dialOnce(opening, givenUp.signal);
  const client = postgres({ ...optionsOf(opening), ...{ socket }, onparameter: onUp, onclose: onClose });
  Object.assign(client.options.parsers, model.options.parsers);
  Object.assign(client.options.serializers, model.options.serializers);
  const runner: Runner = client;
  return {
    query({ text, parameters, isRaw, isPrepared }) {
      const rows = runner.unsafe(text, parameters, { prepare: isPrepared });
      if (isRaw) rows.values();
      return withoutRetry(rows);
    },
    end(how) {
      if (how.timeout === 0) givenUp.abort();
      return client.end(how);
    },
  };
}

function optionsOf({ address, way, serverMs }: Omit<Opening, "model">) {
  const { user, password, database, applicationName, options, connectMs, keepAliveSeconds } = address;
  return {
    host: way.host.name,
    port: way.host.port,
    ...(user !== null && { user }),
    ...(password !== null && { password }),
    ...(database !== null && { database }),
    // The socket is encrypted before the driver gets it.
    ssl: false,
    max: 1,
    max_lifetime: null,
    idle_timeout: 60,
    connect_timeout: (connectMs ?? defaultConnectMs) / 1_000,
    ...(keepAliveSeconds !== null && { keep_alive: keepAliveSeconds }),
    // Would query each new connection for array types, which no parameter or column of ours has.
    fetch_types: false,
    connection: {
      application_name: applicationName,
      ...(!way.isBare && { statement_timeout: serverMs, idle_in_transaction_session_timeout: serverMs }),
      ...(options !== null && { options }),
    },
    onnotice: () => {},
  };
}

/**
 * Where the server has lost or outdated a prepared statement, postgres.js sends it again by itself, and takes the rows
 * of statements that were sent meanwhile for the answer. It notes the fault on the query first, and leaves alone what
 * has been cancelled; so the fault is ours to handle.
 */
function withoutRetry(rows: Promise<unknown>): Promise<unknown> {
  const lost = new Promise<never>((_resolve, reject) => {
    const set = (fault: unknown) => {
      Object.assign(rows, { cancelled: true });
      reject(fault);
    };
    Object.defineProperty(rows, "retried", { get: () => null, set });
  });
  return Promise.race([rows, lost]);
}

/**
 * Tries once: postgres.js would reconnect by itself, without a pause if the server (or a proxy in front of it) hangs
 * up at once, and a lost connection is replaced by a new client anyway.
 */
function dialOnce({ address, way }: Omit<Opening, "model">, signal: AbortSignal) {
  let isTried = false;
  return async () => {
    if (isTried) throw connectionFault("CONNECTION_CLOSED", "PostgreSQL ended the connection");
    isTried = true;
    return await dial({ ...way, tls: address.tls, signal, connectMs: address.connectMs ?? defaultConnectMs });
  };
}
