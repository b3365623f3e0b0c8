import type { Database } from "@keywright/db";
import type { Tokens } from "../contract/types.js";
import type { Keys } from "../keys.js";
import type { Settings } from "../settings/settings.js";
import type { Actor } from "../who.js";

/** A session and its account: what tokens are issued for. */
export type TokenSubject = Pick<Actor, "session" | "user">;

/** What each method works with: the connection, which is the caller's transaction if there is one, and the clock. */
export interface TokenWork {
  db: Database;
  now(): Date;
}

export interface RefreshWork extends TokenWork {
  /**
   * Null unless both session and account are alive. Tokens for any other session are not handed out, whatever `refresh`
   * returns.
   */
  findSession(id: string): Promise<TokenSubject | null>;
  /** Who presents the token. */
  from: Pick<Actor, "ip" | "userAgent">;
}

/** What an access token says. Only the session's row shows whether that is still true. */
export interface AccessClaims {
  userId: string;
  sessionId: string;
  expiresAt: Date;
  /** The session as it was when the token was issued; trusted only with `tokens.statelessAccess`. */
  carried?: TokenSubject | null | undefined;
}

/**
 * A pair of tokens, or a function that makes it, called after the transaction is committed: anything slow, such as a
 * signature from another service, belongs there, where nobody waits for a lock. If it throws, a session that was just
 * started is ended again, and an exchanged token can be sent once more.
 */
export type IssuedTokens = Tokens | (() => Promise<Tokens>);

/**
 * How an exchange ended.
 * - `refreshed`; with `isShared`, the same exchange was made before from another network or with another user agent:
 *   Keywright notifies the owner, at most once a week, and the session continues.
 * - `refused`; with `UNAVAILABLE`, another attempt may succeed, and the client keeps its token.
 * - `reused`: the token had been exchanged before, so somebody else has it, too. Keywright ends the session, notifies
 *   its owner and answers `TOKEN_INVALID` (RFC 9700, 4.14.2).
 */
export type RefreshOutcome =
  | { status: "refreshed"; sessionId: string; tokens: IssuedTokens; isShared?: boolean | undefined }
  | { status: "refused"; reason: "TOKEN_INVALID" | "TOKEN_EXPIRED" | "UNAVAILABLE" }
  | { status: "reused"; sessionId: string };

/**
 * Makes and reads the tokens of bearer clients. Sessions remain Keywright's: a token is valid only while its session
 * has a row, so a manager decides what tokens look like and where they are stored, but never who is signed in.
 */
export interface TokenManager {
  /** The first pair of a new session, in its transaction: if this throws, there is no session either. */
  issue(work: TokenWork, subject: TokenSubject): Promise<IssuedTokens>;
  /**
   * Who an access token belongs to. `expired` only for the manager's own tokens; null for everything else, of any
   * length and content. Called for every request with an `Authorization: Bearer` header, public procedures included.
   * With `acceptExpired`, an expired token is read like any other: a logout asks whether its session is over as well.
   */
  verify(
    work: TokenWork,
    accessToken: string,
    options?: { acceptExpired?: boolean },
  ): Promise<AccessClaims | "expired" | null>;
  /** Exchanges a refresh token for another pair, in a transaction that is committed unless this throws. */
  refresh(work: RefreshWork, refreshToken: string): Promise<RefreshOutcome>;
  /**
   * Revokes a refresh token and everything derived from it; returns whose it was, or null. Keywright then ends the
   * session.
   */
  revoke(work: TokenWork, refreshToken: string): Promise<{ userId: string; sessionId: string } | null>;
  /**
   * Revokes all tokens of sessions that have just ended, or of a user, in the transaction that ends them. Not called
   * for sessions that expired: their tokens have expired as well.
   */
  revokeAll(work: TokenWork, of: { sessionIds: string[] } | { userId: string }): Promise<void>;
  /**
   * Whether `auth.logout` of a bearer client ends its session. Default true. With false, the session and its tokens
   * outlive a logout: for tokens that people copy to several places. The session stays on the owner's list, and
   * `everywhere`, `auth.revokeSession`, `auth.revokeToken` and every credential change still end it.
   */
  revokesAtLogout?: boolean | undefined;
  /** Public keys for services that verify access tokens themselves (RFC 7517). Default: none. */
  jwks?(): { keys: object[] };
}

/** What a token manager is made from. */
export interface TokenStart {
  /** Derived from the secret; all but the current ones are for tokens issued before. */
  keys: Keys;
  settings: Settings;
  /** `publicUrl`, without a slash at its end. */
  issuer: string;
}

/** Makes the token manager, once, before the database is opened. Throws an `Error` that says what is missing. */
export type CreateTokenManager = (start: TokenStart) => TokenManager | Promise<TokenManager>;

/** The pair itself; call it outside the transaction. */
export async function tokensOf(issued: IssuedTokens): Promise<Tokens> {
  return typeof issued === "function" ? await issued() : issued;
}
