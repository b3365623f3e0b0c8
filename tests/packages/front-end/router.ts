import {
  type AuthRouter,
  createRouterClient,
  type FailureOf,
  type KeywrightClientOptions,
} from "@keywright/client/router";
import { isTRPCClientError, safe, type TRPCClient } from "@trpc/client";
import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";

const options: KeywrightClientOptions = { url: "http://localhost:3000" };
const client = createRouterClient(options);
type Me = inferRouterOutputs<AuthRouter>["user"]["me"];

/** As `createTRPCOptionsProxy` wants it. */
export const same: TRPCClient<AuthRouter> = client;
export const login: inferRouterInputs<AuthRouter>["auth"]["login"] = { username: "ada", password: "correct horse" };

export async function signIn(): Promise<string> {
  const [answer, error] = await safe(client.auth.login.mutate(login));
  if (error) return error.data?.reason === "RATE_LIMITED" ? String(error.data.retryAfter) : error.message;
  const created: Date = answer.user.createdAt;
  return answer.status + created.toISOString();
}

/** As an app stores it (C26). */
export async function failureOfSignIn(): Promise<FailureOf<typeof client.auth.login.mutate> | undefined> {
  const [, failure] = await safe(client.auth.login.mutate(login));
  return failure;
}

export async function nameOf(): Promise<string> {
  try {
    const me: Me = await client.user.me.query();
    return me.firstName;
  } catch (error) {
    return isTRPCClientError<AuthRouter>(error) ? (error.data?.reason ?? "no connection") : "ours";
  }
}

export const follow = (show: (name: string | undefined) => void): (() => void) =>
  client.session.subscribe(() => show(client.session.get().user?.firstName));
