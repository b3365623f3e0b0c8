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

export const loading = Object.freeze({
  status: "loading",
  user: null,
  session: null,
  error: null,
  isRefreshing: false,
} as const);
export const signedOut = Object.freeze({ ...loading, status: "signedOut" } as const);

/** What is known after an answer. */
export function stateOf(current: CurrentSession | null, status: "signedIn" | "offline" = "signedIn"): SessionState {
  if (!current) return signedOut;
  const user = Object.freeze({ ...current.user });
  return Object.freeze({ ...loading, status, user, session: Object.freeze({ ...current.session }) });
}

/** The same, with what has changed about the asking. */
export function withAsked(state: SessionState, asked: Partial<Asked>): SessionState {
  return Object.freeze({ ...state, ...asked });
}
