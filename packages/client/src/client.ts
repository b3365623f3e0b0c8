import type { AuthRouter } from "@keywright/api/public";
import { createTRPCClient, type TRPCClient } from "@trpc/client";
import { bearerLink } from "./bearer-link.js";
import { createBearerSession } from "./bearer-session.js";
import type { TokenStore } from "./token-store.js";
import { type TransportOptions, transportLink } from "./transport.js";

/** Every procedure of the server, typed: `client.auth.login.mutate(…)`, `client.user.me.query()`. */
export type KeywrightClient = TRPCClient<AuthRouter>;

export interface KeywrightClientOptions extends TransportOptions {
  /**
   * Where the refresh token is kept. With it the client is a bearer client, as apps on phones and scripts are; without
   * it the session is a cookie, as web pages want.
   */
  tokens?: TokenStore;
}

/**
 * Makes the client of a Keywright server: `createKeywrightClient({ url: "https://api.example.com" })`.
 *
 * With a token store it keeps the tokens of every sign-in, sends the access token, renews it when it has expired (once
 * for all calls that need it), and forgets them at `auth.logout` and when the server refuses the renewal. A renewal
 * that fails for any other reason fails the calls that waited for it and signs nobody out.
 */
export function createKeywrightClient(options: KeywrightClientOptions): KeywrightClient {
  const { tokens } = options;
  const transport = transportLink(options, tokens ? "bearer" : "cookie");
  const plain = createTRPCClient<AuthRouter>({ links: [transport] });
  if (!tokens) return plain;
  const session = createBearerSession(tokens, (refreshToken) => plain.auth.refreshToken.mutate({ refreshToken }));
  return createTRPCClient<AuthRouter>({ links: [bearerLink(session), transport] });
}
