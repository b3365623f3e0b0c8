import type { Tokens } from "@keywright/api/public";
import { reasonOf } from "./errors.js";
import { inTime } from "./patience.js";
import type { Keeper, Left } from "./token-keeper.js";

/** The session of a bearer client: its access token, and how it gets the next one. Null means that nobody is signed in. */
export interface BearerSession {
  /** Changes when the user may have: what was begun in one era belongs to nobody in the next. */
  era(): number;
  /** The access token as far as it is at hand. */
  held(): AccessToken | null;
  /** An access token that is not known to have expired, and is not the one that was just refused. */
  current(refused?: AccessToken): Promise<AccessToken | null>;
  /**
   * A sign-in was answered. The session before is over with it: the server is told, unless it knows (`isOver`). Rejects
   * if its refresh token cannot be kept; the session then ends with the program.
   */
  begin(tokens: Tokens, isOver: boolean): Promise<void>;
  /** A refresh token was exchanged by hand. Told apart from one that was never this session's. */
  succeed(refreshToken: string, tokens: Tokens): Promise<void>;
  /** Tokens that nobody is to be signed in by: their session is to end. */
  discard(tokens: Tokens): Promise<void>;
  /** The server has ended the session. */
  end(): Promise<void>;
  /** Ends it on this device, and keeps what ends it at the server. */
  leave(mark: string): Promise<Left>;
}

export interface AccessToken {
  token: string;
  expiresMs: number;
}

/** What is asked of the server meanwhile. */
export interface TokenServer {
  /** Exchanges a refresh token for its successor; rejects as a call does. */
  renew(refreshToken: string, signal: AbortSignal): Promise<Tokens>;
  /** Whether it is shown who is signed in, or that nobody is. */
  isShowing(): boolean;
  /** Null if the access token is of the user who is known already; else how to let it be known whose it is. */
  noticeOf(accessToken: string | undefined): Promise<(() => void) | null>;
  /** Tells the server what it is to end. */
  tell(): Promise<void>;
  /** Ends the session of a refresh token, or with `everywhere` all of its account. Rejects as a call does. */
  end(refreshToken: string, everywhere: boolean): Promise<unknown>;
}

interface State {
  keeper: Keeper;
  server: TokenServer;
  access: AccessToken | null;
  /** The refresh token of this era, once the store has been read. */
  known: string | null | undefined;
  /** The renewal under way: whoever needs one waits for this one. */
  renewal: Promise<AccessToken | null> | null;
  era: number;
}

/** In so little time, hardly anybody signs in in another program on the same store. */
const quickMs = 5_000;

/** Keeps the tokens of one client. */
export function createBearerSession(keeper: Keeper, server: TokenServer): BearerSession {
  const state: State = { keeper, server, access: null, known: undefined, renewal: null, era: 0 };
  return {
    era: () => state.era,
    held: () => heldBy(state),
    async current(refused) {
      const held = heldBy(state);
      return held && held !== refused ? held : await renewed(state);
    },
    begin: (tokens, isOver) => {
      turn(state, tokens);
      return keeper.begin(tokens.refreshToken, isOver);
    },
    async succeed(refreshToken, tokens) {
      const { era } = state;
      if ((await keeper.load()) !== refreshToken || era !== state.era) return;
      take(state, tokens);
      await keeper.save(tokens.refreshToken);
    },
    discard: ({ refreshToken }) => keeper.discard(refreshToken).catch(() => {}),
    end: () => {
      const { known } = state;
      turn(state, null);
      // A dead token that could not be removed opens nothing.
      return (known ? keeper.replace(known, null) : keeper.save(null)).catch(() => {});
    },
    leave: (mark) => {
      const { known } = state;
      turn(state, null);
      return keeper.leave(known, mark);
    },
  };
}

function heldBy({ access }: State): AccessToken | null {
  return access && Date.now() < access.expiresMs ? access : null;
}

function renewed(state: State): Promise<AccessToken | null> {
  if (state.renewal) return state.renewal;
  const mine = renew(state).finally(() => {
    if (state.renewal === mine) state.renewal = null;
  });
  state.renewal = mine;
  return mine;
}

async function renew(state: State): Promise<AccessToken | null> {
  const { keeper, server, era } = state;
  const found = await keeper.load();
  const { known = found } = state;
  // It may be of a session that was signed out of here, and was renewed by another program before.
  if (found !== state.known && keeper.ended().length > 0) await server.tell();
  const startMs = Date.now();
  const renewal = found ? await exchange(found, server) : null;
  // Another program on the same store may have been faster: then what it keeps is what counts.
  const kept = found && (renewal ? found : await keeper.load());
  const tokens = kept && kept !== found ? await exchange(kept, server) : renewal;
  const isQuick = Math.abs(Date.now() - startMs) < quickMs;
  // No caller asked for this write: the keeper remembers what it could not save.
  if (kept) await keeper.replace(kept, tokens?.refreshToken ?? null, isQuick).catch(() => {});
  // The other program may have renewed this very session, or may have signed somebody else in: perhaps before this one was
  // started, which shows its last known user.
  const isNews = kept !== known || (state.known === undefined && server.isShowing());
  const notice = isNews ? await server.noticeOf(tokens?.accessToken) : null;
  if (state.era !== era) return heldBy(state);
  if (notice) state.era++;
  take(state, tokens);
  notice?.();
  return state.access;
}

function turn(state: State, tokens: Tokens | null): void {
  state.era++;
  take(state, tokens);
}

function take(state: State, tokens: Tokens | null): void {
  state.renewal = null;
  state.access = tokens && accessOf(tokens);
  state.known = tokens?.refreshToken ?? null;
}

/** Null when the refresh token is good for nothing any more. */
function exchange(refreshToken: string, { renew }: TokenServer): Promise<Tokens | null> {
  return inTime((signal) => {
    // It may be the answer that was lost: the server then gives the same successor again, for a day.
    const orAgain = (error: unknown) =>
      reasonOf(error) === null ? renew(refreshToken, signal) : Promise.reject(error);
    return renew(refreshToken, signal).catch(orAgain).catch(nullIfOver);
  });
}

function nullIfOver(error: unknown): null {
  const reason = reasonOf(error);
  if (reason === "TOKEN_INVALID" || reason === "TOKEN_EXPIRED") return null;
  throw error;
}

/** A token that comes expired proves this device's clock wrong: then the server's refusal alone tells. */
function accessOf({ accessToken, accessExpiresAt }: Tokens): AccessToken {
  const expiresMs = accessExpiresAt.getTime();
  return { token: accessToken, expiresMs: expiresMs > Date.now() ? expiresMs : Number.POSITIVE_INFINITY };
}
