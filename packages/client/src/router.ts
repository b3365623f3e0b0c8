import type { AuthRouter } from "@keywright/api/contract";
import { createTRPCClient, type TRPCClient, type TRPCClientError } from "@trpc/client";
import type { AnyRouter } from "@trpc/server";
import { asyncLink } from "./async-link.js";
import { createCore } from "./core.js";
import type { KeywrightClientOptions } from "./options.js";
import type { SessionStore, WithSession } from "./session-store.js";

// An app that exports what it made of a client needs their names in its declarations.
export type * from "@keywright/api/contract";
export type * from "@keywright/api/public";
export type { KeywrightClientOptions, SessionStore, WithSession };

/** A client in tRPC's own types, with the session store. */
export type RouterClient<R extends AnyRouter = AuthRouter> = TRPCClient<R> & WithSession;

/** What tRPC's `safe` gives as the failure of a procedure's calls: `FailureOf<typeof client.auth.login.mutate>`. */
export type FailureOf<F extends (...args: never) => Promise<unknown>> = TRPCClientError<{
  errorShape: ShapeIn<ReturnType<F>>;
  transformer: boolean;
}>;

/** tRPC marks its promises with it, by a symbol that it keeps to itself. */
type ShapeIn<P> = P[Exclude<keyof P, keyof Promise<unknown>>];

/**
 * The same client in tRPC's own types, for what is built on those: `createTRPCOptionsProxy({ client, queryClient })` of
 * `@trpc/tanstack-react-query`, `inferRouterOutputs<AuthRouter>`.
 */
export function createRouterClient<R extends AnyRouter = AuthRouter>(options: KeywrightClientOptions): RouterClient<R> {
  const core = createCore(options);
  return withSession(createTRPCClient<R>({ links: [asyncLink(core)] }), core.session);
}

// A client is a proxy that makes a path of every name, and cannot be added to.
function withSession<C extends object>(client: C, session: SessionStore): C & WithSession;
function withSession(client: object, session: SessionStore): object {
  return new Proxy(client, { get: (target, name) => (name === "session" ? session : Reflect.get(target, name)) });
}
