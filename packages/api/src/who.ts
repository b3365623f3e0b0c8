import type { SessionKey, SessionRow, UserRow } from "@keywright/db";

/** The caller, signed in or not. */
export interface Visitor {
  /** From the socket, or from the trusted proxy's header. */
  ip: string | null;
  userAgent: string | null;
  /** How a sign-in is answered: with a cookie, or in the body. */
  transport: "cookie" | "bearer";
  /** The session that came with the call, alive or not. A new sign-in ends it. */
  presented: SessionKey | null;
  /** The cookie's session, if there is an access token as well; a new sign-in ends it, too. */
  alsoPresented?: SessionKey;
  requestId: string;
  /** Whether the browser has a mark that matches the account of the typed name; set during a login. */
  isKnownDevice?: boolean;
}

/** A caller who is signed in. */
export interface Actor extends Visitor {
  user: UserRow;
  session: SessionRow;
}
