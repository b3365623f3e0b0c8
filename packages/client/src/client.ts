import type { KeywrightApi } from "./api.js";
import { callerOf } from "./caller.js";
import { createCore } from "./core.js";
import type { KeywrightClientOptions } from "./options.js";
import type { ClientOf, RouterLike } from "./own-router.js";
import type { WithSession } from "./session-store.js";

/** Every procedure of the server, typed: `client.auth.login.mutate(…)`, `client.user.me.query()`. */
export interface KeywrightClient extends KeywrightApi, WithSession {}

/**
 * Makes the client of a Keywright server: `createKeywrightClient({ url: "https://api.example.com" })`; with the type of
 * your router, `createKeywrightClient<AppRouter>({ … })`, it has your own procedures as well.
 */
export function createKeywrightClient(options: KeywrightClientOptions): KeywrightClient;
export function createKeywrightClient<R extends RouterLike>(options: KeywrightClientOptions): ClientOf<R>;
export function createKeywrightClient(options: KeywrightClientOptions): object {
  return callerOf(createCore(options));
}
