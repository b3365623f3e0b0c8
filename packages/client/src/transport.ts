import type { AuthRouter } from "@keywright/api/public";
import { httpBatchLink, httpLink, splitLink, type TRPCFetch, type TRPCLink } from "@trpc/client";
import superjson from "superjson";

export interface TransportOptions {
  /**
   * Where the server is: its origin (`https://api.example.com`, whose procedures are at `/trpc`), or with any path the
   * very address of the procedures (`https://example.com/api/trpc`, or `/trpc` for the page's own origin).
   */
  url: string;
  /** Instead of the global `fetch`. */
  fetch?: TRPCFetch;
  /** Sent with every request, such as the visitor's `cookie` when a page is rendered on a server. */
  headers?: HeaderSource;
}

type Headers = Record<string, string>;
type LinkFetch = NonNullable<Parameters<typeof httpLink>[0]["fetch"]>;
type HeaderSource = Headers | (() => Headers | Promise<Headers>);

/** As in every call's context: set by `bearerLink`, sent here. */
export const accessTokenKey = "keywrightAccessToken";

/** The server refuses longer batches. */
const mostInBatch = 10;

/** The last link: sends calls over HTTP. Queries of one moment travel together, mutations alone. */
export function transportLink(options: TransportOptions, transport: "cookie" | "bearer"): TRPCLink<AuthRouter> {
  const http = { url: endpointOf(options.url), transformer: superjson, fetch: fetchWith(options, transport) };
  const headers = async (ops: readonly { context: Record<string, unknown> }[]) => ({
    ...(await headersOf(options.headers)),
    ...(transport === "bearer" ? bearerHeaders(ops[ops.length - 1]?.context[accessTokenKey]) : {}),
  });
  return splitLink({
    // Nearly every mutation handles credentials, and those are refused in a batch. A list of them would fall behind
    // the server's, and what the others would save is little: nobody makes ten of them at once.
    condition: ({ type }) => type === "mutation",
    true: httpLink({ ...http, headers: ({ op }) => headers([op]) }),
    false: httpBatchLink({ ...http, maxItems: mostInBatch, headers: ({ opList }) => headers(opList) }),
  });
}

// By hand: React Native's own `URL` does not read addresses.
function endpointOf(url: string): string {
  const isOrigin = /^(?:[a-z][a-z0-9+.-]*:)?(?:\/\/[^/?#]*)?\/?$/i.test(url);
  return isOrigin ? `${url.replace(/\/$/, "")}/trpc` : url;
}

function fetchWith({ fetch: given }: TransportOptions, transport: "cookie" | "bearer"): LinkFetch {
  const credentials = transport === "cookie" ? "include" : "omit";
  return (url, { signal = null, ...init } = {}) => (given ?? fetch)(String(url), { ...init, signal, credentials });
}

async function headersOf(source: HeaderSource = {}): Promise<Headers> {
  return typeof source === "function" ? await source() : source;
}

function bearerHeaders(accessToken: unknown): Headers {
  const own: Headers = { "keywright-transport": "bearer" };
  return typeof accessToken === "string" ? { ...own, authorization: `Bearer ${accessToken}` } : own;
}
