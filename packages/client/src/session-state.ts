import type { CurrentSession, SessionInfo, User } from "@keywright/api/public";

/**
 * Who is signed in, as far as this client knows. `loading` until the server has been asked, `offline` with the last known
 * user if it cannot be, and the client has `lastKnown`. Frozen.
 */
export type SessionState = Asked &
  (
    | { readonly status: "loading"; readonly user: null; readonly session: null }
    | { readonly status: "signedOut"; readonly user: null; readonly session: null }
    | { readonly status: "signedIn" | "offline"; readonly user: User; readonly session: SessionInfo }
  );

interface Asked {
  /** Why the server could not be asked, until it was. */
  readonly error: Error | null;
  /** Whether `refresh` is asking it, although something is known. */
  readonly isRefreshing: boolean;
}

const asked = { error: null, isRefreshing: false };
export const loading = freeze({ status: "loading", user: null, session: null, ...asked });
export const signedOut = freeze({ status: "signedOut", user: null, session: null, ...asked });

/** What is known after an answer. */
export function stateOf(current: CurrentSession | null, status: "signedIn" | "offline" = "signedIn"): SessionState {
  if (!current) return signedOut;
  const { user, session } = current;
  return freeze({ status, user: Object.freeze({ ...user }), session: Object.freeze({ ...session }), ...asked });
}

/** The same, with what has changed about the asking. */
export function withAsked(state: SessionState, asked: Partial<Asked>): SessionState {
  return freeze({ ...state, ...asked });
}

function freeze(state: SessionState): SessionState {
  return Object.freeze(state);
}
