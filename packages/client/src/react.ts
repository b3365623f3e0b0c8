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
import type { Calling, Form, Procedure, Run, StartSocial, Submitted } from "./calling.js";
import { safe } from "./calls.js";
import { fieldErrorsOf } from "./errors.js";
import type {
  AuthApi,
  Call,
  ClientOf,
  CurrentSession,
  KeywrightClient,
  PasswordApi,
  RegistrationApi,
  RouterLike,
  SessionState,
  SocialApi,
  UserApi,
  WithSession,
} from "./index.js";
import { inputKey } from "./input-key.js";
import {
  clearWithUser,
  firstOf,
  hearAgain,
  type ProvidedSession,
  provideSession,
  type QueryCaches,
} from "./provided-session.js";
import { has } from "./shape.js";
import { startSocial } from "./social.js";

export type { Calling } from "./calling.js";

/** Every client of this package, and every one with a router of your own. */
export interface ReactClient extends WithSession {}

export interface KeywrightProviderProps {
  /** In a browser one for the page; on a server one for each request, or one for all: it is not used there. */
  client: ReactClient;
  /** Emptied when the user changes, or if it was persisted for another: its query `["keywright-user", id]` says whose it is. */
  queryClient?: QueryCaches | undefined;
  /** What `auth.session` told the server that renders the page. Not given: `loading`, until the browser has asked. */
  initialSession?: CurrentSession | null | undefined;
  children?: ReactNode;
}

interface Provided {
  client: ReactClient;
  session: ProvidedSession;
}

const idle = { isPending: false, data: undefined, error: undefined, fieldErrors: {} };

const KeywrightContext = createContext<Provided | null>(null);

/** Gives the hooks below their client: put it around your app, inside of TanStack's `QueryClientProvider`. */
export function KeywrightProvider(props: KeywrightProviderProps): ReactElement {
  const { client, queryClient, initialSession, children } = props;
  // Each render of a server makes a new object: what counts is what it says.
  const json = initialSession === undefined ? undefined : JSON.stringify(initialSession);
  const [first] = useState(() => firstOf(json));
  const provided = useMemo(() => ({ client, session: provideSession(client.session, first) }), [client, first]);
  const { session } = provided;
  useEffect(() => (queryClient ? clearWithUser(session, queryClient) : undefined), [session, queryClient]);
  const heard = useRef(json);
  useEffect(() => {
    if (json !== undefined && json !== heard.current) hearAgain(client.session, json);
    heard.current = json;
  }, [client, json]);
  return createElement(KeywrightContext.Provider, { value: provided }, children);
}

/** The client of the provider; `useKeywright<AppRouter>()` for one that was made with a router of your own. */
export function useKeywright(): KeywrightClient;
export function useKeywright<R extends RouterLike>(): ClientOf<R>;
export function useKeywright(): object {
  return useProvided().client;
}

/**
 * Who is signed in, kept up to date. On a server, and in the first render of its page in a browser, what the provider was
 * given as `initialSession`, or else `loading`. Asks nothing on a server.
 */
export function useSession(): SessionState {
  const { subscribe, get, getFirst } = useProvided().session;
  return useSyncExternalStore(subscribe, get, getFirst);
}

/**
 * A call for a form, of your own procedures too: `const { call, error } = useCall(client.posts.create.mutate)`. The same
 * input twice at a time is sent once; another is sent at once, and is what the hook tells of from then on. An event is no
 * input: `onClick={call}`.
 */
export function useCall<F extends Procedure>(procedure: F): Calling<F> & { call: Run<F> };
export function useCall(procedure: (...args: unknown[]) => Call<unknown, unknown>): object {
  const { session } = useProvided();
  const [calling, setCalling] = useState<Calling<Procedure>>(idle);
  const underWay = useRef<{ key: string | symbol; answer: Promise<unknown> } | null>(null);
  const latest = useRef(procedure);
  useEffect(() => {
    latest.current = procedure;
  });
  const call = useCallback(
    (...given: unknown[]) => {
      const args = has(given[0], "preventDefault") ? [] : given;
      // The next user's is another call.
      const key = inputKey([session.get().user?.id, args[0]]);
      if (underWay.current?.key === key) return underWay.current.answer;
      const answer = safe(latest.current(...args)).then(([data, error]) => {
        if (underWay.current === own) {
          underWay.current = null;
          setCalling({ isPending: false, data, error, fieldErrors: fieldErrorsOf(error) });
        }
        return data;
      });
      const own = { key, answer };
      underWay.current = own;
      setCalling({ ...idle, isPending: true });
      return answer;
    },
    [session],
  );
  return { call, ...calling };
}

// A hook for each form of the pages, named after what its function does.
export const useSignIn: Form<"signIn", AuthApi["login"]> = form("signIn", (to) => to.auth.login);
export const useSignOut: Form<"signOut", AuthApi["logout"]> = form("signOut", (to) => to.auth.logout);
export const useSignUp: Form<"signUp", RegistrationApi["register"]> = form("signUp", (to) => to.registration.register);
export const useVerifyEmail: Form<"verifyEmail", RegistrationApi["verifyEmail"]> = form(
  "verifyEmail",
  (to) => to.registration.verifyEmail,
);
export const useResendVerification: Form<"resendVerification", RegistrationApi["resendVerification"]> = form(
  "resendVerification",
  (to) => to.registration.resendVerification,
);
export const useRequestReset: Form<"requestReset", PasswordApi["requestReset"]> = form(
  "requestReset",
  (to) => to.password.requestReset,
);
export const useResetPassword: Form<"resetPassword", PasswordApi["reset"]> = form(
  "resetPassword",
  (to) => to.password.reset,
);
export const useSetPassword: Form<"setPassword", PasswordApi["set"]> = form("setPassword", (to) => to.password.set);
export const useChangePassword: Form<"changePassword", PasswordApi["change"]> = form(
  "changePassword",
  (to) => to.password.change,
);
export const useUpdateProfile: Form<"updateProfile", UserApi["update"]> = form("updateProfile", (to) => to.user.update);
export const useRequestEmailChange: Form<"requestEmailChange", UserApi["requestEmailChange"]> = form(
  "requestEmailChange",
  (to) => to.user.requestEmailChange,
);
export const useConfirmEmailChange: Form<"confirmEmailChange", UserApi["confirmEmailChange"]> = form(
  "confirmEmailChange",
  (to) => to.user.confirmEmailChange,
);
export const useUndoEmailChange: Form<"undoEmailChange", UserApi["undoEmailChange"]> = form(
  "undoEmailChange",
  (to) => to.user.undoEmailChange,
);
export const useCompleteSocial: Form<"completeSocial", SocialApi["complete"]> = form(
  "completeSocial",
  (to) => to.social.complete,
);
/** Leaves the page for a provider's, as `startSocial` of `@keywright/client/social` does. */
export const useStartSocial: Form<"startSocial", StartSocial> = form("startSocial", (to) => ({
  mutate: (input) => startSocial(to, input),
}));

function form<Name extends string, P extends Submitted>(name: Name, pick: (to: KeywrightClient) => P): Form<Name, P>;
function form(name: string, pick: (to: KeywrightClient) => Submitted): () => object {
  return () => {
    const { call, ...calling } = useCall(pick(useKeywright()).mutate);
    return { [name]: call, ...calling };
  };
}

function useProvided(): Provided {
  const provided = useContext(KeywrightContext);
  if (!provided) throw new Error("This hook of Keywright's needs a KeywrightProvider around it.");
  return provided;
}
