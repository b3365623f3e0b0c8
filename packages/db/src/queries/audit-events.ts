import type { Database } from "../database.js";
import { auditEvents } from "../schema/index.js";

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

export async function createAuditEvents(db: Database, events: AuditEvent[]): Promise<void> {
  await db.insert(auditEvents).values(events);
}
