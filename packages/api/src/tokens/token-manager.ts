import type { Database } from "@keywright/db";
import type { Tokens } from "../contract/types.js";
import type { Keys } from "../keys.js";
import type { Settings } from "../settings/settings.js";
import type { Actor } from "../who.js";

/** A session and its account: what tokens are issued for. */
export type TokenSubject = Pick<Actor, "session" | "user">;

/** What each act works with: the connection, which is the caller's transaction where there is one, and the clock. */
export interface TokenWork {
  db: Database;
  now(): Date;
}

export interface RefreshWork extends TokenWork {
  /** Null unless session and account are alive. Tokens for any other are not handed out, whatever `refresh` answers. */
  findSession(id: string): Promise<TokenSubject | null>;
  /** Who shows the token. */
  from: Pick<Actor, "ip" | "userAgent">;
}

/** What an access token says. Only the session's row tells whether that is still so. */
export interface AccessClaims {
  userId: string;
  sessionId: string;
  expiresAt: Date;
  /** The session as it was when the token was issued; believed only with `tokens.statelessAccess`. */
  carried?: TokenSubject | null | undefined;
}

/**
 * A pair of tokens, or what makes it. The function is called once the transaction is committed: whatever takes time, as
 * a signature by another service does, belongs into it, where nobody waits for a lock. If it throws, a session that was
 * just started is ended again, and an exchanged token can be sent once more.
 */
export type IssuedTokens = Tokens | (() => Promise<Tokens>);

/**
 * How an exchange ended.
 * - `refreshed`; with `isShared` the same exchange was made before from another network or with another user agent:
 *   Keywright tells the owner, and the session goes on.
 * - `refused`; with `UNAVAILABLE` another attempt may succeed, and the client keeps its token.
 * - `reused`: the token had been exchanged before, and somebody else has it too. Keywright ends the session, tells its
 *   owner and answers `TOKEN_INVALID` (RFC 9700, 4.14.2).
 */
export type RefreshOutcome =
  | { status: "refreshed"; sessionId: string; tokens: IssuedTokens; isShared?: boolean | undefined }
  | { status: "refused"; reason: "TOKEN_INVALID" | "TOKEN_EXPIRED" | "UNAVAILABLE" }
  | { status: "reused"; sessionId: string };

/**
 * Makes and reads the tokens of bearer clients. Sessions stay Keywright's: a token is good for as long as its session
 * has a row, so a manager decides what tokens look like and where they are kept, and never who is signed in.
 */
export interface TokenManager {
  /** The first pair of a session that was just started, in its transaction: if it throws, there is no session either. */
  issue(work: TokenWork, subject: TokenSubject): Promise<IssuedTokens>;
  /**
   * Whose access token this is. `expired` only for tokens that were the manager's own; null for everything else, of
   * any length and content. Asked for every call with an `Authorization: Bearer` header, public ones too.
   */
  verify(work: TokenWork, accessToken: string): Promise<AccessClaims | "expired" | null>;
  /** Exchanges a refresh token for another pair, in a transaction that is committed unless this throws. */
  refresh(work: RefreshWork, refreshToken: string): Promise<RefreshOutcome>;
  /** Takes back a refresh token and all that came of it; whose it was, or null. Keywright then ends the session. */
  revoke(work: TokenWork, refreshToken: string): Promise<{ userId: string; sessionId: string } | null>;
  /**
   * Takes back all tokens of sessions that have just ended, or of a user. In the transaction that ends them. Sessions
   * that ran out are not told of: their tokens have run out as well.
   */
  revokeAll(work: TokenWork, of: { sessionIds: string[] } | { userId: string }): Promise<void>;
  /**
   * Whether `auth.logout` of a bearer client ends its session. Default true. With false the session, and the tokens
   * with it, outlive a logout: for tokens that people copy to several places. The session stays on the owner's list,
   * and `everywhere`, `auth.revokeSession`, `auth.revokeToken` and every change of a credential end it as ever.
   */
  revokesAtLogout?: boolean | undefined;
  /** Public keys for services that check access tokens by themselves (RFC 7517). Default: none. */
  jwks?(): { keys: object[] };
}

/** What a token manager is made from. */
export interface TokenStart {
  /** Derived from the secret; all but the current are for what was issued before. */
  keys: Keys;
  settings: Settings;
  /** Origin of `publicUrl`. */
  issuer: string;
}

/** Makes the token manager, once, before the database is opened. Throws an `Error` that says what it lacks. */
export type CreateTokenManager = (start: TokenStart) => TokenManager | Promise<TokenManager>;

/** The pair itself; to be called outside of the transaction. */
export async function tokensOf(issued: IssuedTokens): Promise<Tokens> {
  return typeof issued === "function" ? await issued() : issued;
}
