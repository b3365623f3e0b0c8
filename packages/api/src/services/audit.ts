import type { OutboxEntry } from "@keywright/db";
import * as db from "@keywright/db";
import type { EventKind } from "../contract/types.js";
import type { Deps } from "../deps.js";
import type { KeywrightEvent } from "../events.js";
import { uuidv7 } from "../ids.js";
import type { Visitor } from "../who.js";
import type { DeliveryKind } from "./delivery.js";

/** The events that are told with nothing but who and when. */
export type PlainEventKind = Exclude<EventKind, "email.changed" | "email.restored">;

export type AuditEntry = { userId: string | null; sessionId?: string } & (
  | { kind: PlainEventKind }
  | { kind: "email.changed" | "email.restored"; oldEmail: string | null; newEmail: string }
);

/** A mail to be delivered soon; what it says, and whether there is anybody to tell, is decided then. */
export interface QueuedMail {
  kind: DeliveryKind;
  address: string;
  /** The account that it is about; with a version the mail is not sent after another credential change. */
  about?: { id: string; credentialVersion: number | null };
}

/** Writes what happened, and queues the mails that tell of it, in the change's own transaction: one statement in all. */
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
  for (const event of events) deps.emit(toEvent(event, { ...facts, requestId: who.requestId }));
}

/** Queues a mail where nothing is to be written down: nothing is looked up and nothing has changed yet. */
export async function queueMail(deps: Deps, who: Visitor, mail: QueuedMail): Promise<void> {
  await db.enqueueMail(deps.db, outboxEntry(deps, who, mail));
}

function outboxEntry(deps: Deps, who: Visitor, { kind, address, about }: QueuedMail): OutboxEntry {
  const createdAt = deps.now();
  return {
    id: uuidv7(createdAt),
    kind,
    address,
    userId: about?.id ?? null,
    credentialVersion: about?.credentialVersion ?? null,
    ip: who.ip,
    userAgent: who.userAgent,
    createdAt,
  };
}

function toEvent(entry: AuditEntry, facts: Omit<KeywrightEvent, "kind" | "userId" | "sessionId">): KeywrightEvent {
  return { sessionId: null, ...entry, ...facts };
}
