import type { TokenStore } from "./token-store.js";

export interface TransportOptions {
  /**
   * The server's origin (`https://api.example.com`, with the procedures at `/trpc`), or, with a path, the address of the
   * procedures (`https://example.com/api/trpc`, or `/trpc` on the page's own origin).
   */
  url: string | URL;
  /** The same as the server's. Default: superjson. */
  transformer?: Transformer | undefined;
  /** Instead of the global `fetch`. */
  fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** Sent with every request, such as the visitor's `cookie` when a page is rendered on a server. */
  headers?: Headers | (() => Headers | Promise<Headers>) | undefined;
}

/** Like superjson, whose wire format Keywright's procedures speak. */
export interface Transformer {
  serialize(value: unknown): unknown;
  deserialize(value: unknown): unknown;
}

export type Headers = Record<string, string>;

export interface KeywrightClientOptions extends TransportOptions {
  /**
   * Where the refresh token is kept, for apps on phones and scripts: the client keeps the tokens of every sign-in and
   * renews the access token, once for all calls that need it. Without it the session is a cookie, as web pages want.
   */
  tokens?: TokenStore | undefined;
  /** `lastKnownUser(AsyncStorage)` of `@keywright/client/offline`: whom to show while the server cannot be reached. */
  lastKnown?: LastKnown | undefined;
  /** For the server's gate, such as a captcha's answer. Sent with sign-ins, registrations and requests for a reset. */
  proof?: Proof | ((procedure: string) => Proof | Promise<Proof>);
}

type Proof = string | null | undefined;

/** Made by `lastKnownUser`. */
export interface LastKnown {
  start(store: object): void;
}
