import { randomUUID } from "node:crypto";
import * as db from "@keywright/db";
import type { Deps } from "../deps.js";
import type { Visitor } from "../who.js";

export type AuditKind =
  | "user.registered"
  | "user.verified"
  | "user.unarchived"
  | "session.started"
  | "session.ended"
  | "sessions.ended"
  | "password.reset"
  | "registration.repeated"
  | "refresh.reused";

export interface AuditEntry {
  kind: AuditKind;
  userId: string | null;
  sessionId?: string;
}

/** Writes what happened, in the transaction of the change itself; one statement however many. */
export async function recordEvents(deps: Deps, who: Visitor, ...entries: AuditEntry[]): Promise<void> {
  const { ip, userAgent } = who;
  const at = deps.now();
  const rows = entries.map(({ kind, userId, sessionId = null }) => {
    return { id: randomUUID(), kind, userId, sessionId, ip, userAgent, at };
  });
  await db.createAuditEvents(deps.db, rows);
}
