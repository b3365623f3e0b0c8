import type { AuthRouter } from "@keywright/api/contract";
import { createTRPCClient, type TRPCClient } from "@trpc/client";
import type { AnyRouter } from "@trpc/server";
import { asyncLink } from "./async-link.js";
import { createCore, withSession } from "./core.js";
import type { KeywrightClientOptions } from "./options.js";
import type { WithSession } from "./session-store.js";

export type { AuthRouter, KeywrightClientOptions };

/**
 * The same client in tRPC's own types, for what is built on those: `createTRPCOptionsProxy({ client, queryClient })` of
 * `@trpc/tanstack-react-query`, `inferRouterOutputs<AuthRouter>`.
 */
export function createRouterClient<R extends AnyRouter = AuthRouter>(
  options: KeywrightClientOptions,
): TRPCClient<R> & WithSession {
  const { answer, transport, session } = createCore(options);
  return withSession(createTRPCClient<R>({ links: [asyncLink(answer), () => transport] }), session);
}
