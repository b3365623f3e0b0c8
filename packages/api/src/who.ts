import type { SessionKey, SessionRow, UserRow } from "@keywright/db";

/** The caller, signed in or not. */
export interface Visitor {
  /** Of the socket, or of the trusted proxy's header. */
  ip: string | null;
  userAgent: string | null;
  /** Where the answer to a sign-in goes: into a cookie, or into the body. */
  transport: "cookie" | "bearer";
  /** The session that came with the call, alive or not. A new sign-in ends it. */
  presented: SessionKey | null;
  requestId: string;
  /** A browser with a mark that fits the account whose name was typed; set where a login asks. */
  isKnownDevice?: boolean;
}

/** A caller who is signed in. */
export interface Actor extends Visitor {
  user: UserRow;
  session: SessionRow;
}
