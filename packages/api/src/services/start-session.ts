import { randomUUID } from "node:crypto";
import type { SessionRow, UserRow } from "@keywright/db";
import type { SignIn } from "../contract/types.js";
import type { Deps } from "../deps.js";
import { hashToken, randomToken } from "../keys.js";
import type { MarkedAccount } from "../sessions/device-mark.js";
import { endSession, idleExpiry, saveSession } from "../sessions/sessions.js";
import type { Visitor } from "../who.js";
import { type PlainEventKind, recordEvents } from "./audit.js";
import type { QueuedMail } from "./queue-mail.js";
import { toSessionInfo, toUser } from "./views.js";

/** A sign-in and what the transport has to carry besides the answer's body. */
export interface StartedSession {
  signIn: SignIn;
  /** Null on the bearer transport; `maxAgeSeconds` null lasts until the browser closes. */
  cookie: { token: string; maxAgeSeconds: number | null } | null;
  /** For the mark by which a browser is known again. */
  account: MarkedAccount;
}

export interface NewSession {
  user: UserRow;
  remember: boolean;
  deviceName: string | null;
  unarchived: boolean;
  /** What this sign-in came with, for the same audit statement. */
  because: PlainEventKind[];
  /** Mails that tell of it, in that statement, too. */
  mails: QueuedMail[];
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Starts a session of its own for every sign-in, and ends the one that the caller came with. Runs in a transaction. */
export async function startSession(deps: Deps, who: Visitor, start: NewSession): Promise<StartedSession> {
  if (who.presented) await endSession(deps, who.presented);
  const session = newSessionRow(deps, who, start);
  const token = who.transport === "cookie" ? randomToken("kws_") : null;
  await saveSession(deps, session, token === null ? null : hashToken(token));
  const tokens = token === null ? await deps.tokenManager.issue(deps, { session, user: start.user }) : null;
  const kinds: PlainEventKind[] = [...start.because, "session.started"];
  const events = kinds.map((kind) => ({ kind, userId: session.userId, sessionId: session.id }));
  await recordEvents(deps, who, { events, mails: start.mails });
  return {
    signIn: {
      status: "signed_in",
      user: toUser(start.user),
      session: toSessionInfo(session, session.id),
      tokens,
      unarchived: start.unarchived,
    },
    cookie: token === null ? null : { token, maxAgeSeconds: start.remember ? cookieSeconds(session) : null },
    account: { id: start.user.id, credentialVersion: start.user.credentialVersion },
  };
}

function newSessionRow(deps: Deps, who: Visitor, { user, remember, deviceName }: NewSession): SessionRow {
  const now = deps.now();
  const absoluteExpiresAt = new Date(now.getTime() + lifetimeMs(deps, who, remember));
  const idle = who.transport === "bearer" ? absoluteExpiresAt : idleExpiry(deps, now);
  return {
    id: randomUUID(),
    userId: user.id,
    expiresAt: idle < absoluteExpiresAt ? idle : absoluteExpiresAt,
    absoluteExpiresAt,
    createdAt: now,
    lastSeenAt: now,
    authenticatedAt: now,
    isRemembered: remember,
    ip: who.ip,
    userAgent: who.userAgent,
    deviceName,
  };
}

/** A bearer session lives as long as its refresh tokens can. */
function lifetimeMs({ settings }: Deps, who: Visitor, remember: boolean): number {
  if (!remember) return settings.session.shortHours * hourMs;
  return (who.transport === "bearer" ? settings.tokens.refreshDays : settings.session.absoluteDays) * dayMs;
}

function cookieSeconds({ createdAt, absoluteExpiresAt }: SessionRow): number {
  return Math.floor((absoluteExpiresAt.getTime() - createdAt.getTime()) / 1000);
}
