import type { SessionKey } from "@keywright/db";
import type { Carrier } from "../context.js";
import { KeywrightError } from "../contract/reasons.js";
import type { Deps } from "../deps.js";
import { isSessionOver, type LiveSession, validateSession } from "../sessions/sessions.js";
import type { Actor, Visitor } from "../who.js";

/** The sessions that a request refers to. Two cookies, or two people, are refused rather than picking one. */
export interface Credentials {
  cookie: SessionKey | null;
  /** With whom the token says that the session is. */
  bearer: { id: string; userId: string } | null;
  /** The session as the access token describes it, if that can be trusted for this call. */
  carried: LiveSession | null;
  /** There is a credential, and it is invalid in itself. */
  isRefused: boolean;
  /** The access token that is not believed: it says nothing, or it has expired. */
  disbelieved: string | null;
  /** There are two cookies of the session's name, neither of which is believed. */
  isDoubled: boolean;
  /** Why the access token could not be read at all. Reported only to calls that need to know the caller. */
  failure: { error: unknown } | null;
}

/** What the two credentials of a request open. */
interface Opened {
  cookie: LiveSession | null;
  bearer: LiveSession | null;
}

interface Opening {
  credentials: Credentials;
  who: Visitor;
  /** The session by whose cookie the caller means to act; null if it does not say. */
  believed: string | null;
  /** Removes the session cookie. */
  clear(): void;
}

/** The part of a carrier that looks sessions up. */
export function openSessions(deps: Deps, opening: Opening): Pick<Carrier, "authenticate" | "recognize" | "presented"> {
  const { credentials } = opening;
  let opened: Promise<Opened> | null = null;
  const lookUp = () => {
    opened ??= openedBy(deps, opening);
    return opened;
  };
  const authenticate = async () => oneOf(await lookUp(), credentials);
  return {
    authenticate,
    // If another call of the batch has already looked it up, that result is used.
    recognize: async () => (opened === null && credentials.carried) || (await authenticate()),
    async presented() {
      const isDisbelieved = credentials.isRefused && !credentials.isDoubled;
      if (!isDisbelieved) return eachOf(await lookUp(), credentials);
      await assertOver(deps, credentials);
      const cookieAlone = { ...credentials, isRefused: false };
      return eachOf(await openedBy(deps, { ...opening, credentials: cookieAlone }), credentials);
    },
  };
}

async function openedBy(deps: Deps, { credentials, who, believed, clear }: Opening): Promise<Opened> {
  if (credentials.failure) throw credentials.failure.error;
  if (credentials.isDoubled) clear();
  if (credentials.isRefused) return { cookie: null, bearer: null };
  const cookie = credentials.cookie && (await validateSession(deps, credentials.cookie, who));
  if (credentials.cookie && !cookie) clear();
  // The page shows somebody else: another tab has signed this one in.
  if (cookie && believed !== null && believed !== cookie.session.id) throw new KeywrightError("SESSION_CHANGED");
  return { cookie, bearer: await bearerOf(deps, { credentials, who }) };
}

/** Null, too, for a token that names a session of somebody else. */
async function bearerOf(deps: Deps, { credentials: { bearer }, who }: Pick<Opening, "credentials" | "who">) {
  const live = bearer && (await validateSession(deps, { id: bearer.id }, who));
  return live?.user.id === bearer?.userId ? live : null;
}

/** Null for two people, rather than picking one. */
function oneOf({ cookie, bearer }: Opened, credentials: Credentials): LiveSession | null {
  if (!credentials.bearer) return cookie;
  return cookie && bearer?.user.id !== cookie.user.id ? null : bearer;
}

function eachOf({ cookie, bearer }: Opened, keys: Credentials): Pick<Actor, "session" | "user" | "presented">[] {
  const sessions = [cookie && { ...cookie, presented: keys.cookie }, bearer && { ...bearer, presented: keys.bearer }];
  return sessions.filter((live) => live !== null);
}

/** Throws `NOT_AUTHENTICATED` unless the session of the access token is known to be over, and not the token alone. */
async function assertOver(deps: Deps, { failure, disbelieved }: Credentials): Promise<void> {
  if (failure) throw failure.error;
  const read = (token: string) => deps.tokenManager.verify(deps, token, { acceptExpired: true });
  const claims = disbelieved === null ? null : await read(disbelieved);
  const isOver = claims !== null && claims !== "expired" && (await isSessionOver(deps, { id: claims.sessionId }));
  if (!isOver) throw new KeywrightError("NOT_AUTHENTICATED");
}
