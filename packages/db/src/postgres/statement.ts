import { isReadOnly } from "../faults.js";
import type { Client } from "./client.js";
import { connectionFault, type Lease } from "./pool.js";

const LONGEST_TIMER_MS = 2_147_483_647;

/** Runs one statement, and discards the connection if it is not good for another. */
export async function run(
  lease: Lease<Client>,
  ms: number,
  send: (client: Client) => Promise<unknown>,
): Promise<unknown> {
  if (lease.isLost) throw connectionFault("CONNECTION_CLOSED", "The connection to PostgreSQL was lost");
  try {
    return await inTime(send(lease.client), Math.min(ms + lease.client.openingMs(), LONGEST_TIMER_MS));
  } catch (error) {
    if (isReadOnly(error)) {
      lease.client.leave();
      lease.retire();
    } else if (!isRefusal(error)) lease.discard();
    throw error;
  }
}

/** Rejects with ETIMEDOUT if the work takes longer; the work itself continues. */
export async function inTime<Result>(work: Promise<Result>, ms: number, onLate = () => {}): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      onLate();
      reject(connectionFault("ETIMEDOUT", "PostgreSQL did not answer in time"));
    }, ms);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the server answered, even if with an error, and the connection is still good. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || error.name !== "PostgresError") return false;
  return Reflect.get(error, "severity") === "ERROR";
}
