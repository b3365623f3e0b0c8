import type { SessionRow, UserRow } from "@keywright/db";
import type { SignIn } from "../contract/types.js";
import { type Deps, inTransaction } from "../deps.js";
import { uuidv7 } from "../ids.js";
import { hashToken, randomSessionToken } from "../keys.js";
import type { MarkedAccount } from "../sessions/device-mark.js";
import { endSession, endSessions, idleExpiry, saveSession } from "../sessions/sessions.js";
import { type IssuedTokens, tokensOf } from "../tokens/token-manager.js";
import type { Visitor } from "../who.js";
import { type PlainEventKind, recordEvents } from "./audit.js";
import type { QueuedMail } from "./queue-mail.js";
import { toSessionInfo, toUser } from "./views.js";

/** A sign-in, and what the transport must deliver besides the answer's body. */
export interface StartedSession {
  signIn: SignIn;
  /** Null on the bearer transport; a null `maxAgeSeconds` lasts until the browser closes. */
  cookie: { token: string; maxAgeSeconds: number | null } | null;
  /** For the mark by which a browser is recognized. */
  account: MarkedAccount;
}

/** A sign-in within its transaction: `finishSignIn` makes the tokens after the commit. */
export interface UnfinishedSignIn extends Omit<StartedSession, "signIn"> {
  signIn: Omit<SignIn, "tokens">;
  session: SessionRow;
  /** Null on the cookie transport. */
  issued: IssuedTokens | null;
}

export interface NewSession {
  user: UserRow;
  remember: boolean;
  deviceName: string | null;
  unarchived: boolean;
  /** Events that caused this sign-in, for the same audit statement. */
  because: PlainEventKind[];
  /** Mails about it, in the same statement, too. */
  mails: QueuedMail[];
  /** When the caller gave a password or another factor; null: not at all, as with a mailed link. Default: now. */
  authenticatedAt?: Date | null;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * Starts a separate session for every sign-in, and ends the one that came with the call. If the account already has
 * `session.maxPerAccount` sessions, the oldest one ends. Runs in a transaction; call `finishSignIn` after it.
 */
export async function startSession(deps: Deps, who: Visitor, start: NewSession): Promise<UnfinishedSignIn> {
  for (const key of [who.presented, who.alsoPresented]) if (key) await endSession(deps, key);
  const session = newSessionRow(deps, who, start);
  const token = who.transport === "cookie" ? randomSessionToken() : null;
  const ended = await saveSession(deps, session, token === null ? null : hashToken(token));
  const issued = token === null ? await deps.tokenManager.issue(deps, { session, user: start.user }) : null;
  const kinds: PlainEventKind[] = [...start.because, "session.started"];
  const events = kinds.map((kind) => ({ kind, userId: session.userId, sessionId: session.id }));
  const endings = ended.map((sessionId) => ({ kind: "session.ended" as const, userId: session.userId, sessionId }));
  await recordEvents(deps, who, { events: [...events, ...endings], mails: start.mails });
  return {
    signIn: {
      status: "signed_in",
      user: toUser(start.user),
      session: toSessionInfo(session, session.id),
      unarchived: start.unarchived,
    },
    session,
    issued,
    cookie: token === null ? null : { token, maxAgeSeconds: start.remember ? cookieSeconds(session) : null },
    account: { id: start.user.id, credentialVersion: start.user.credentialVersion },
  };
}

/** Makes the tokens of a committed sign-in, so that nobody waits for a signature while an account is locked. */
export async function finishSignIn(deps: Deps, who: Visitor, started: UnfinishedSignIn): Promise<StartedSession> {
  const { signIn, session, issued, ...rest } = started;
  if (issued === null) return { signIn: { ...signIn, tokens: null }, ...rest };
  try {
    return { signIn: { ...signIn, tokens: await tokensOf(issued) }, ...rest };
  } catch (error) {
    await endUnfinished(deps, who, session);
    throw error;
  }
}

/** Ends a session whose tokens nobody has. */
async function endUnfinished(deps: Deps, who: Visitor, { id: sessionId, userId }: SessionRow): Promise<void> {
  await inTransaction(deps, async (deps) => {
    await endSessions(deps, userId, { only: sessionId });
    await recordEvents(deps, who, { events: [{ kind: "session.ended", userId, sessionId }] });
  });
}

function newSessionRow(deps: Deps, who: Visitor, start: NewSession): SessionRow {
  const now = deps.now();
  const { user, remember, deviceName, authenticatedAt = now } = start;
  const absoluteExpiresAt = new Date(now.getTime() + lifetimeMs(deps, who, remember));
  const idle = idleExpiry(deps, who.transport, now);
  return {
    id: uuidv7(now),
    userId: user.id,
    expiresAt: idle < absoluteExpiresAt ? idle : absoluteExpiresAt,
    absoluteExpiresAt,
    createdAt: now,
    lastSeenAt: now,
    authenticatedAt: authenticatedAt === null ? never : authenticatedAt,
    isRemembered: remember,
    ip: who.ip,
    userAgent: who.userAgent,
    deviceName,
  };
}

/** Longer ago than anything that has to be recent. */
const never = new Date(0);

/** A bearer session lives as long as its refresh tokens can. */
function lifetimeMs({ settings }: Deps, who: Visitor, remember: boolean): number {
  if (!remember) return settings.session.shortHours * hourMs;
  return (who.transport === "bearer" ? settings.tokens.refreshDays : settings.session.absoluteDays) * dayMs;
}

function cookieSeconds({ createdAt, absoluteExpiresAt }: SessionRow): number {
  return Math.floor((absoluteExpiresAt.getTime() - createdAt.getTime()) / 1000);
}
