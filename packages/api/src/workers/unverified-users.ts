import { randomUUID } from "node:crypto";
import type { StaleUsers } from "@keywright/db";
import * as db from "@keywright/db";
import { type Deps, inTransaction } from "../deps.js";
import { logInUse } from "../services/account-in-use.js";
import { recordEvents } from "../services/audit.js";
import type { Visitor } from "../who.js";

const dayMs = 86_400_000;

/**
 * Removes accounts that did not verify their address in time, if the settings set a deadline. Those that rows of the
 * app's own refer to stay and hold no others up: each instance remembers how far it has come, and tries them again a day
 * later.
 */
export function createUnverifiedPurge() {
  /** The last account that was tried on its own, and when to begin again at the oldest. */
  let passed: { after: NonNullable<StaleUsers["after"]>; until: Date } | null = null;

  return async (deps: Deps, { limit }: db.Batch): Promise<db.Purged> => {
    const days = deps.settings.registration.unverifiedDays;
    if (days === null) return { removed: 0, seen: 0 };
    const now = deps.now();
    if (passed && passed.until <= now) passed = null;
    const stale = { before: new Date(now.getTime() - days * dayMs), after: passed?.after ?? null, limit };
    try {
      const removed = await remove(deps, stale);
      return { removed, seen: removed };
    } catch (error) {
      if (db.referringConstraint(error) === null) throw error;
    }
    const { removed, tried } = await removeEach(deps, stale);
    const after = tried.at(-1);
    if (after) passed = { after, until: passed?.until ?? new Date(now.getTime() + dayMs) };
    return { removed, seen: tried.length };
  };
}

/** All in one transaction, in which a single account that is in use fails them all. */
async function remove(deps: Deps, stale: StaleUsers, only?: string): Promise<number> {
  return await inTransaction(deps, async (deps) => {
    const ids = await db.deleteStaleUsers(deps.db, stale, only);
    const events = ids.map((userId) => ({ kind: "user.deleted" as const, userId }));
    for (const userId of ids) await deps.tokenManager.revokeAll(deps, { userId });
    if (events.length > 0) await recordEvents(deps, nobody(), { events });
    return ids.length;
  });
}

async function removeEach(deps: Deps, stale: StaleUsers) {
  const tried = await db.listStaleUsers(deps.db, stale);
  const constraints = new Set<string>();
  let removed = 0;
  let kept = 0;
  for (const { id } of tried) {
    try {
      removed += await remove(deps, stale, id);
    } catch (error) {
      const constraint = db.referringConstraint(error);
      if (constraint === null) throw error;
      constraints.add(constraint);
      kept++;
    }
  }
  if (kept > 0) logInUse(deps, { accounts: `${kept} unverified accounts were`, constraints });
  return { removed, tried };
}

/** The caller of work that nobody requested. */
function nobody(): Visitor {
  return { ip: null, userAgent: null, transport: "bearer", presented: null, requestId: randomUUID() };
}
