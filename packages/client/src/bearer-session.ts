import type { Tokens } from "@keywright/api/public";
import { reasonOf } from "./errors.js";
import { createKeeper, type TokenStore } from "./token-store.js";

/** The session of a bearer client: its access token, and how it gets the next one. Null means that nobody is signed in. */
export interface BearerSession {
  /** The access token as far as it is at hand. */
  held(): AccessToken | null;
  /** An access token that is not known to have expired. */
  current(): Promise<AccessToken | null>;
  /** Another one than was just refused, of the same sign-in: nobody's call is repeated in the name of somebody else. */
  insteadOf(refused: AccessToken): Promise<AccessToken | null>;
  /** A sign-in was answered. Rejects if its refresh token cannot be kept; the session then ends with the program. */
  begin(tokens: Tokens): Promise<void>;
  /** A refresh token was exchanged by hand. Told apart from one that was never this session's. */
  succeed(refreshToken: string, tokens: Tokens): Promise<void>;
  /** The session is over. */
  end(): Promise<void>;
}

export interface AccessToken {
  token: string;
  expiresMs: number;
  /** The sign-in that it comes from. */
  era: number;
}

interface State {
  keeper: ReturnType<typeof createKeeper>;
  refresh: Renew;
  access: AccessToken | null;
  /** The renewal under way: whoever needs one waits for this one. */
  renewal: Promise<AccessToken | null> | null;
  /** Counts sign-ins and sign-outs: what was asked for before one must not undo it. */
  era: number;
}

/** Exchanges a refresh token for its successor; rejects as a call does. */
export type Renew = (refreshToken: string) => Promise<Tokens>;

/** Keeps the tokens of one client. */
export function createBearerSession(store: TokenStore, refresh: Renew): BearerSession {
  const state: State = { keeper: createKeeper(store), refresh, access: null, renewal: null, era: 0 };
  return {
    held: () => heldBy(state),
    current: async () => heldBy(state) ?? (await renewed(state)),
    async insteadOf(refused) {
      const held = heldBy(state);
      const next = held && held !== refused ? held : await renewed(state);
      return next?.era === refused.era ? next : null;
    },
    begin: (tokens) => turn(state, tokens),
    async succeed(refreshToken, tokens) {
      if ((await state.keeper.load()) === refreshToken) await turn(state, tokens);
    },
    // A dead token that could not be removed opens nothing.
    end: () => turn(state, null).catch(() => {}),
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
  const { keeper, refresh, era } = state;
  const found = await keeper.load();
  const renewal = found ? await exchange(found, refresh) : null;
  // Another program on the same store may have been faster: then what it keeps is what counts.
  const kept = found && (renewal ? found : await keeper.load());
  const tokens = kept && kept !== found ? await exchange(kept, refresh) : renewal;
  if (state.era !== era) return heldBy(state);
  state.access = tokens && accessOf(tokens, era);
  // No caller asked for this write: the keeper remembers what it could not save.
  if (kept) await keeper.replace(kept, tokens?.refreshToken ?? null).catch(() => {});
  return state.access;
}

async function turn(state: State, tokens: Tokens | null): Promise<void> {
  state.era++;
  state.renewal = null;
  state.access = tokens && accessOf(tokens, state.era);
  await state.keeper.save(tokens?.refreshToken ?? null);
}

/** Null when the refresh token is good for nothing any more. */
async function exchange(refreshToken: string, refresh: Renew): Promise<Tokens | null> {
  // It may be the answer that was lost: the server then gives the same successor again, for a minute.
  const orAgain = (error: unknown) => (reasonOf(error) === null ? refresh(refreshToken) : Promise.reject(error));
  return await refresh(refreshToken).catch(orAgain).catch(nullIfOver);
}

function nullIfOver(error: unknown): null {
  const reason = reasonOf(error);
  if (reason === "TOKEN_INVALID" || reason === "TOKEN_EXPIRED") return null;
  throw error;
}

/** A token that comes expired proves this device's clock wrong: then the server's refusal alone tells. */
function accessOf({ accessToken, accessExpiresAt }: Tokens, era: number): AccessToken {
  const expiresMs = accessExpiresAt.getTime();
  return { token: accessToken, expiresMs: expiresMs > Date.now() ? expiresMs : Number.POSITIVE_INFINITY, era };
}
