import { and, desc, eq, gt, sql } from "drizzle-orm";
import type { Database } from "../database.js";
import { auditEvents, outbox } from "../schema/index.js";
import { type OutboxEntry, outboxRow } from "./outbox.js";

export interface AuditEvent {
  id: string;
  /** Null if the event concerns no account, such as a failed login with an unknown name. */
  userId: string | null;
  kind: string;
  sessionId: string | null;
  ip: string | null;
  userAgent: string | null;
  at: Date;
  /** What an operator did it to, if not to the account: the id of a mail. */
  subjectId?: string | null;
  /** Who did it, if not the account's owner. */
  operator?: string | null;
}

/** Records events and queues the mails about them, in one statement. */
export async function createAuditEvents(db: Database, events: AuditEvent[], mails: OutboxEntry[]): Promise<void> {
  if (mails.length === 0) {
    await db.insert(auditEvents).values(events);
    return;
  }
  const queued = db.$with("queued").as(db.insert(outbox).values(mails.map(outboxRow)).returning({ id: outbox.id }));
  await db.with(queued).insert(auditEvents).values(events);
}

/** Whether a session has had an event of this kind since then. */
export async function hasAuditEvent(
  db: Database,
  { userId, sessionId, kind, since }: { userId: string; sessionId: string; kind: string; since: Date },
): Promise<boolean> {
  const isOfSession = and(eq(auditEvents.sessionId, sessionId), eq(auditEvents.kind, kind));
  const [row] = await db
    .select({ id: auditEvents.id })
    .from(auditEvents)
    .where(and(eq(auditEvents.userId, userId), gt(auditEvents.at, since), isOfSession))
    .limit(1);
  return row !== undefined;
}

/** A user's own events, newest first, starting after the last one of the previous page. */
export async function listAuditEvents(
  db: Database,
  { userId, before, limit }: { userId: string; before: { at: Date; id: string } | null; limit: number },
): Promise<AuditEvent[]> {
  // Compared as a row, which is one position in the index: a late page costs no more than the first.
  const isOlder =
    before &&
    sql`(${auditEvents.at}, ${auditEvents.id}) < (${sql.param(before.at, auditEvents.at)}, ${before.id}::uuid)`;
  return await db
    .select()
    .from(auditEvents)
    .where(and(eq(auditEvents.userId, userId), isOlder ?? undefined))
    .orderBy(desc(auditEvents.at), desc(auditEvents.id))
    .limit(limit);
}
