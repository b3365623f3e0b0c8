import type { SessionRow, UserRow } from "@keywright/db";
import type { SessionInfo, User } from "../contract/types.js";

/** An account as its owner sees it. */
export function toUser(row: UserRow): User {
  return {
    id: row.id,
    username: row.username,
    email: row.email,
    emailVerified: row.emailVerifiedAt !== null,
    firstName: row.firstName,
    lastName: row.lastName,
    archived: row.archivedAt !== null,
    hasPassword: row.hasPassword,
    createdAt: row.createdAt,
    lastLoginAt: row.lastLoginAt,
  };
}

/** A session as its owner sees it. */
export function toSessionInfo(row: SessionRow, currentId: string): SessionInfo {
  return {
    id: row.id,
    createdAt: row.createdAt,
    lastSeenAt: row.lastSeenAt,
    expiresAt: row.expiresAt,
    ip: row.ip,
    userAgent: row.userAgent,
    deviceName: row.deviceName,
    current: row.id === currentId,
  };
}
