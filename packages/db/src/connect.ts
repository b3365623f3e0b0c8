import type { Connection, ConnectOptions } from "./database.js";

export type { Connection, ConnectOptions } from "./database.js";

const DEFAULT_PATH = ".keywright/data";

/**
 * Opens the database at `DATABASE_URL`: `postgres://…`, `pglite:PATH`, or, if unset, the embedded database in
 * `.keywright/data`. `pglite::memory:` is gone when the process ends. PostgreSQL is not contacted before the first
 * statement.
 */
export async function connect(url?: string, options: ConnectOptions = {}): Promise<Connection> {
  const address = url?.trim() || "pglite:";
  if (/^postgres(ql)?:\/\//i.test(address)) {
    const { connectPostgres } = await import("./postgres/connect.js");
    return connectPostgres(address, options);
  }
  if (address.startsWith("pglite:")) return connectEmbedded(address.slice("pglite:".length), options);
  // The value is left out: it may contain a password.
  throw new Error(
    "DATABASE_URL must be postgres://USER:PASSWORD@HOST/DATABASE, or pglite:PATH for the embedded database, or unset for the embedded database in .keywright/data.",
  );
}

async function connectEmbedded(path: string, { onStatement }: ConnectOptions): Promise<Connection> {
  // Each engine is loaded by those who use it; this one is 27 MB of WebAssembly.
  const { connectPglite } = await import("./pglite.js");
  return connectPglite({
    ...(path !== ":memory:" && { path: path || DEFAULT_PATH }),
    ...(onStatement && { onStatement }),
  });
}
