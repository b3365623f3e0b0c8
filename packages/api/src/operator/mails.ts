import { connect, isMigrated } from "@keywright/db";
import { createMails, type Mails } from "../services/mails.js";

/**
 * Does `work` with the outbox of a database, without a Keywright running here: instances find what changed within seconds.
 * Rejects with what `startFault` makes a sentence of.
 */
export async function withMails<T>(
  database: string,
  onWarning: (message: string) => void,
  work: (mails: Mails) => Promise<T>,
): Promise<T> {
  const connection = await connect(database, { onWarning });
  try {
    if (!(await isMigrated(connection))) {
      throw new Error("The database set by DATABASE_URL lacks tables of this version: run `keywright migrate` first.");
    }
    const deps = { db: connection.db, now: () => new Date(), emit: () => {}, mailQueued: () => {} };
    return await work(createMails(deps));
  } finally {
    await connection.close();
  }
}
