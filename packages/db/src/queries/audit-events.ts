import { and, desc, eq, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { auditEvents, outbox } from "../schema/index.js";
import { type OutboxEntry, outboxRow } from "./outbox.js";

export interface AuditEvent {
  id: string;
  /** Null when the event concerns no account, such as a failed login of an unknown name. */
  userId: string | null;
  kind: string;
  sessionId: string | null;
  ip: string | null;
  userAgent: string | null;
  at: Date;
}

/** Writes what happened and queues the mails that tell about it, in one statement. */
export async function createAuditEvents(db: Database, events: AuditEvent[], mails: OutboxEntry[]): Promise<void> {
  if (mails.length === 0) {
    await db.insert(auditEvents).values(events);
    return;
  }
  const queued = db.$with("queued").as(db.insert(outbox).values(mails.map(outboxRow)).returning({ id: outbox.id }));
  await db.with(queued).insert(auditEvents).values(events);
}

/** A user's own events, the newest first, from before the one that a page ended with. */
export async function listAuditEvents(
  db: Database,
  { userId, before, most }: { userId: string; before: { at: Date; id: string } | null; most: number },
): Promise<AuditEvent[]> {
  // Compared as a row, which is one place in the index: a late page costs what the first one does.
  const isOlder =
    before &&
    sql`(${auditEvents.at}, ${auditEvents.id}) < (${sql.param(before.at, auditEvents.at)}, ${before.id}::uuid)`;
  return await db
    .select()
    .from(auditEvents)
    .where(and(eq(auditEvents.userId, userId), isOlder ?? undefined))
    .orderBy(desc(auditEvents.at), desc(auditEvents.id))
    .limit(most);
}
