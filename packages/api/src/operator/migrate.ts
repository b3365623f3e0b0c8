import { connect, migrate, pendingMigrations } from "@keywright/db";

/**
 * Creates Keywright's tables or brings them up to date, and returns the names of the migrations that were missing. Rejects
 * with what `startFault` makes a sentence of.
 */
export async function migrateDatabase(
  database: string,
  onWarning: (message: string) => void = () => {},
): Promise<string[]> {
  const connection = await connect(database, { onWarning });
  try {
    // `migrate` says why better.
    const pending = await pendingMigrations(connection).catch(() => []);
    await migrate(connection);
    return pending;
  } finally {
    await connection.close();
  }
}
