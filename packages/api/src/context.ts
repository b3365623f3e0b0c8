import type { SignIn } from "./contract/types.js";
import type { Deps } from "./deps.js";
import type { StartedSession } from "./services/start-session.js";
import type { DeviceMark, MarkedAccount } from "./sessions/device-mark.js";
import type { LiveSession } from "./sessions/sessions.js";
import type { Visitor } from "./who.js";

/** What every call carries under one key, so that an app's own context stays its own. */
export interface KeywrightContext {
  auth: AuthContext;
}

export interface AuthContext {
  deps: Deps;
  who: Visitor;
  carrier: Carrier;
}

/** How this call's sign-in travels: the only part of a call that knows HTTP. */
export interface Carrier {
  /** How many calls came in the same request. */
  batchSize: number;
  /** The session that came with the request, if it is alive; looked up once for a whole batch. */
  authenticate(): Promise<LiveSession | null>;
  /** What an access token says that the session is, where `tokens.statelessAccess` lets it be believed; else the same. */
  recognize(): Promise<LiveSession | null>;
  /** Hands a new session to the caller: sets the cookie and the browser's mark, or leaves the tokens in the body. */
  deliver(started: StartedSession): SignIn;
  /** Takes the session cookie back. */
  clear(): void;
  /** Throws `FORBIDDEN` when a page of another site sent this call. */
  assertOwnOrigin(): void;
  /** Says in a header, too, when to come again. */
  retryAfter(seconds: number): void;
  /** The mark of a browser that has signed in before. Null without one, and for one that we did not make or is over. */
  deviceMark(): DeviceMark | null;
  /** Lets this browser be known again, under all names of the account and until its credentials change. */
  rememberDevice(account: MarkedAccount): void;
}
