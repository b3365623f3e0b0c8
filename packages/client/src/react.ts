"use client";

import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { safe } from "./calls.js";
import type {
  Call,
  ClientOf,
  CurrentSession,
  Failure,
  KeywrightClient,
  LoginInput,
  LogoutInput,
  RegisterInput,
  RouterLike,
  SessionState,
  SessionStore,
} from "./index.js";
import { clearWithUser, firstOf, type ProvidedSession, provideSession, type QueryCaches } from "./provided-session.js";

/** The part of a client that is used here: every client of this package has it, and every one with a router of your own. */
export interface ReactClient {
  readonly session: SessionStore;
  readonly auth: {
    login: { mutate(input: LoginInput): Call<AnswerOf<Login>, RefusalOf<Login>> };
    logout: { mutate(input?: LogoutInput): Call<AnswerOf<Logout>, RefusalOf<Logout>> };
  };
  readonly registration: {
    register: { mutate(input: RegisterInput): Call<AnswerOf<Register>, RefusalOf<Register>> };
  };
}

export interface KeywrightProviderProps {
  /** In a browser one for the page; on a server one for each request, or one for all: it is not used there. */
  client: ReactClient;
  /**
   * Emptied when somebody signs in or out, or another user is there: what one was answered is not for the next. Not
   * when the page finds out who is signed in.
   */
  queryClient?: QueryCaches | undefined;
  /** What `auth.session` told the server that renders the page. Not given: `loading`, until the browser has asked. */
  initialSession?: CurrentSession | null | undefined;
  children?: ReactNode;
}

/** What a hook tells about its own calls. */
export interface Calling<F> {
  isPending: boolean;
  /** Why the last call failed, until the next one: `switch (error?.data?.reason)`. */
  error: Failure<RefusalOf<F>> | undefined;
}

type Login = KeywrightClient["auth"]["login"]["mutate"];
type Logout = KeywrightClient["auth"]["logout"]["mutate"];
type Register = KeywrightClient["registration"]["register"]["mutate"];
type AnswerOf<F> = F extends (...args: never) => Call<infer T, unknown> ? T : never;
type RefusalOf<F> = F extends (...args: never) => Call<unknown, infer Refusal> ? Refusal : never;

interface Provided {
  client: ReactClient;
  session: ProvidedSession;
}

const KeywrightContext = createContext<Provided | null>(null);

/** Gives the hooks below their client: put it around your app, inside of TanStack's `QueryClientProvider`. */
export function KeywrightProvider(props: KeywrightProviderProps): ReactElement {
  const { client, queryClient, initialSession, children } = props;
  const [first] = useState(() => firstOf(initialSession));
  const provided = useMemo(() => ({ client, session: provideSession(client.session, first) }), [client, first]);
  const { session } = provided;
  useEffect(() => (queryClient ? clearWithUser(session, queryClient) : undefined), [session, queryClient]);
  return createElement(KeywrightContext.Provider, { value: provided }, children);
}

/** The client of the provider; `useKeywright<AppRouter>()` for one that was made with a router of your own. */
export function useKeywright(): KeywrightClient;
export function useKeywright<R extends RouterLike>(): ClientOf<R>;
export function useKeywright(): object {
  return useProvided().client;
}

/**
 * Who is signed in, kept up to date: `loading`, `signedIn` or `signedOut`. On a server, and in the first render of its
 * page in a browser, what the provider was given as `initialSession`, or else `loading`. Asks nothing on a server.
 */
export function useSession(): SessionState {
  const { subscribe, get, getFirst } = useProvided().session;
  return useSyncExternalStore(subscribe, get, getFirst);
}

/** `auth.login` for a form: answers undefined when it failed, and `error` has it then. */
export function useSignIn(): Calling<Login> & { signIn: (input: LoginInput) => Promise<AnswerOf<Login> | undefined> } {
  const { client } = useProvided();
  const { run, ...calling } = useCalling<Login>();
  const signIn = useCallback((input: LoginInput) => run(() => client.auth.login.mutate(input)), [run, client]);
  return { signIn, ...calling };
}

/** `registration.register` for a form: answers undefined when it failed, and `error` has it then. */
export function useSignUp(): Calling<Register> & {
  signUp: (input: RegisterInput) => Promise<AnswerOf<Register> | undefined>;
} {
  const { client } = useProvided();
  const { run, ...calling } = useCalling<Register>();
  const signUp = useCallback(
    (input: RegisterInput) => run(() => client.registration.register.mutate(input)),
    [run, client],
  );
  return { signUp, ...calling };
}

/** `auth.logout` for a button: answers undefined when it failed, and `error` has it then. */
export function useSignOut(): Calling<Logout> & {
  signOut: (input?: LogoutInput) => Promise<AnswerOf<Logout> | undefined>;
} {
  const { client } = useProvided();
  const { run, ...calling } = useCalling<Logout>();
  const signOut = useCallback((input?: LogoutInput) => run(() => client.auth.logout.mutate(input)), [run, client]);
  return { signOut, ...calling };
}

function useProvided(): Provided {
  const provided = useContext(KeywrightContext);
  if (!provided) throw new Error("This hook of Keywright's needs a KeywrightProvider around it.");
  return provided;
}

/** One call at a time: whoever clicks twice waits for the first one. */
function useCalling<F>() {
  const [calling, setCalling] = useState<Calling<F>>({ isPending: false, error: undefined });
  const underWay = useRef<Promise<AnswerOf<F> | undefined> | null>(null);
  const run = useCallback((start: () => Call<AnswerOf<F>, RefusalOf<F>>) => {
    underWay.current ??= settle(start, setCalling).finally(() => {
      underWay.current = null;
    });
    return underWay.current;
  }, []);
  return { run, ...calling };
}

async function settle<T, Refusal>(
  start: () => Call<T, Refusal>,
  tell: (calling: { isPending: boolean; error: Failure<Refusal> | undefined }) => void,
): Promise<T | undefined> {
  tell({ isPending: true, error: undefined });
  const [answer, error] = await safe(start());
  tell({ isPending: false, error });
  return answer;
}
