import * as db from "@keywright/db";
import { KeywrightError } from "../contract/reasons.js";
import type { Deps } from "../deps.js";
import type { Visitor } from "../who.js";

/** Throws `ACCOUNT_IN_USE` if rows of the app's own kept an account from being removed, and any other error as it is. */
export function refuseIfInUse(deps: Deps, { requestId }: Visitor, error: unknown): never {
  const constraint = db.referringConstraint(error);
  if (constraint === null) throw error;
  logInUse(deps, { accounts: "An account was", constraints: [constraint], requestId });
  throw new KeywrightError("ACCOUNT_IN_USE");
}

/**
 * Removes an account within a transaction that goes on if rows of the app's own refer to it: null then, and the account
 * stays as it was.
 */
export async function removeUnlessInUse<T>(
  deps: Deps,
  { requestId }: Visitor,
  remove: (tx: db.Database) => Promise<T>,
): Promise<{ removed: T } | null> {
  try {
    return await deps.db.transaction(async (tx) => {
      const removed = await remove(tx);
      await db.checkConstraints(tx);
      return { removed };
    });
  } catch (error) {
    const constraint = db.referringConstraint(error);
    if (constraint === null) throw error;
    logInUse(deps, { accounts: "An account was", constraints: [constraint], requestId });
    return null;
  }
}

/** For the operator: which foreign keys of the app's own keep accounts that should have been removed. */
export function logInUse(
  { log }: Deps,
  { accounts, constraints, requestId }: { accounts: string; constraints: Iterable<string>; requestId?: string },
): void {
  const names = [...constraints].map((name) => `"${name}"`).join(", ");
  const message = `${accounts} not deleted, because rows of the app refer to it by ${names}: declare that foreign key \`on delete cascade\` or \`set null\`.`;
  log({ level: "warn", message, ...(requestId !== undefined && { requestId }) });
}
