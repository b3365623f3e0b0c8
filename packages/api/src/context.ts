import type { SignIn } from "./contract/types.js";
import type { Deps } from "./deps.js";
import type { FlowCookie } from "./services/social/flow.js";
import type { StartedSession } from "./services/start-session.js";
import type { DeviceMark, MarkedAccount } from "./sessions/device-mark.js";
import type { LiveSession } from "./sessions/sessions.js";
import type { Actor, Visitor } from "./who.js";

/** What every call carries, under one key, so that it cannot clash with an app's own context. */
export interface KeywrightContext {
  auth: AuthContext;
}

export interface AuthContext {
  deps: Deps;
  who: Visitor;
  carrier: Carrier;
}

/** How this call's sign-in is transported: the only part of a call that knows about HTTP. */
export interface Carrier {
  /** How many calls came in the same request. */
  batchSize: number;
  /** Its answer is streamed: the headers, cookies among them, are gone before a procedure runs. */
  isStream: boolean;
  /** The header `keywright-proof`, for the app's gate. */
  proof: string | null;
  /** Whether it was made to render a page: mutations are refused with `FORBIDDEN`. */
  isReadOnly: boolean;
  /** The session that came with the request, if it is alive; looked up once per batch. */
  authenticate(): Promise<LiveSession | null>;
  /**
   * The session as the access token describes it, if `tokens.statelessAccess` allows that; otherwise as `authenticate`.
   */
  recognize(): Promise<LiveSession | null>;
  /**
   * Every live session that came with the request: that of a cookie, and that of an access token. Throws
   * `NOT_AUTHENTICATED` for an access token that is not valid now although its session may live: the caller can renew it.
   */
  presented(): Promise<Pick<Actor, "session" | "user" | "presented">[]>;
  /** Hands a new session to the caller: sets the cookie and the browser's mark, or leaves the tokens in the body. */
  deliver(started: StartedSession): SignIn;
  /** Removes the session cookie. */
  clear(): void;
  /** Throws `FORBIDDEN` if a page of another site sent this call. */
  assertOwnOrigin(): void;
  /** Sets the `Retry-After` header, too, if there is still one to set. */
  retryAfter(seconds: number): void;
  /** The marks of a browser that has signed in before, the latest first, without those that have expired. */
  deviceMarks(): DeviceMark[];
  /** The value of a round trip's cookie; null if this browser does not have it. */
  flowCookie(suffix: string): string | null;
  /** Binds a round trip to this browser; the one that began first makes room if there are too many. */
  bindFlow(cookie: FlowCookie): void;
  /** Removes a round trip's cookie. */
  endFlow(suffix: string): void;
  /** Makes this browser known, under all names of the account, until its credentials change. */
  rememberDevice(account: MarkedAccount): void;
}
