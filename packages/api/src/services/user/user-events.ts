import type { AuditEvent } from "@keywright/db";
import * as db from "@keywright/db";
import type { UserEventsInput } from "../../contract/input-types.js";
import { eventKinds } from "../../contract/lists.js";
import { fieldError, KeywrightError } from "../../contract/reasons.js";
import type { UserEvent, UserEvents } from "../../contract/types.js";
import type { Deps } from "../../deps.js";
import type { Actor } from "../../who.js";

const defaultLimit = 20;

/** The history of the caller's account, newest first, in pages. Throws `VALIDATION` for an invalid cursor. */
export async function ownEvents(deps: Deps, who: Actor, input: UserEventsInput | undefined): Promise<UserEvents> {
  const limit = input?.limit ?? defaultLimit;
  const before = input?.after === undefined ? null : readCursor(input.after);
  const { rows, next } = await eventsPage(deps, { userId: who.user.id, before, limit });
  return { events: rows.map(({ sessionId: _internal, ...event }) => event), next };
}

type OwnEvent = UserEvent & { sessionId: string | null };

/** One page, and the cursor of the next; null on the last. */
export async function eventsPage(
  deps: Deps,
  { userId, before, limit }: { userId: string; before: { at: Date; id: string } | null; limit: number },
): Promise<{ rows: OwnEvent[]; next: string | null }> {
  const found = await db.listAuditEvents(deps.db, { userId, before, limit: limit + 1 });
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return { rows: page.flatMap(toOwnEvent), next: last === undefined ? null : `${last.at.getTime()}.${last.id}` };
}

/** Empty for a kind that another version of Keywright wrote and this one does not know. */
function toOwnEvent({ id, kind, at, ip, userAgent, sessionId }: AuditEvent): OwnEvent[] {
  const known = eventKinds.find((candidate) => candidate === kind);
  return known === undefined ? [] : [{ id, kind: known, at, ip, userAgent, sessionId }];
}

/** Accepts only what PostgreSQL accepts as a moment and an id: what it rejects would become an internal error. */
function readCursor(cursor: string): { at: Date; id: string } {
  const [, ms, id] = /^(\d{1,13})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(cursor) ?? [];
  if (ms === undefined || id === undefined) {
    throw new KeywrightError("VALIDATION", { fields: fieldError("after", "INVALID") });
  }
  return { at: new Date(Number(ms)), id };
}
