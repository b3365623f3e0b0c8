import * as db from "@keywright/db";
import type { EventKind } from "../contract/types.js";
import type { Deps } from "../deps.js";
import type { KeywrightEvent } from "../events.js";
import { uuidv7 } from "../ids.js";
import type { Visitor } from "../who.js";
import { outboxEntry, type QueuedMail } from "./queue-mail.js";

/** Events that carry nothing but who and when. */
export type PlainEventKind = Exclude<EventKind, "email.changed" | "email.restored">;

export type AuditEntry = { userId: string | null; sessionId?: string } & (
  | { kind: PlainEventKind }
  | { kind: "email.changed" | "email.restored"; oldEmail: string | null; newEmail: string }
);

/**
 * Records events and queues the mails about them, in the transaction of the change itself: one statement for
 * everything.
 */
export async function recordEvents(
  deps: Deps,
  who: Visitor,
  { events, mails = [] }: { events: AuditEntry[]; mails?: QueuedMail[] },
): Promise<void> {
  const facts = { ip: who.ip, userAgent: who.userAgent, at: deps.now() };
  const rows = events.map(({ kind, userId, sessionId = null }) => {
    return { id: uuidv7(facts.at), kind, userId, sessionId, ...facts };
  });
  const queued = mails.map((mail) => outboxEntry(deps, who, mail));
  await db.createAuditEvents(deps.db, rows, queued);
  if (queued.length > 0) deps.mailQueued();
  for (const event of events) deps.emit(toEvent(event, { ...facts, requestId: who.requestId }));
}

function toEvent(entry: AuditEntry, facts: Omit<KeywrightEvent, "kind" | "userId" | "sessionId">): KeywrightEvent {
  return { sessionId: null, ...entry, ...facts };
}
