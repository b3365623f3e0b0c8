import { httpBatchLink } from "@trpc/client/links/httpBatchLink";
import { httpLink } from "@trpc/client/links/httpLink";
import superjson from "superjson";
import type { Link } from "./link.js";
import type { Headers, TransportOptions } from "./options.js";

type LinkFetch = NonNullable<Parameters<typeof httpLink>[0]["fetch"]>;

/** As in every call's context: set by the bearer half, sent here. */
export const accessTokenKey = "keywrightAccessToken";

/** The server refuses longer batches. */
const maxInBatch = 10;

/** The last link: sends calls over HTTP. Queries of one moment travel together, mutations alone. */
export function transportLink(options: TransportOptions, transport: "cookie" | "bearer"): Link {
  const { url, transformer = superjson } = options;
  const http = { url: endpointOf(url), transformer, fetch: fetchWith(options, transport) };
  const headers = async (ops: readonly { context: Record<string, unknown> }[]) => ({
    ...(await headersOf(options)),
    ...(transport === "bearer" ? bearerHeaders(ops[ops.length - 1]?.context[accessTokenKey]) : {}),
  });
  const alone = httpLink({ ...http, headers: ({ op }) => headers([op]) })({});
  const together = httpBatchLink({ ...http, maxItems: maxInBatch, headers: ({ opList }) => headers(opList) })({});
  // Nearly every mutation handles credentials, and those are refused in a batch. A list of them would fall behind the
  // server's, and what the others would save is little: nobody makes ten of them at once.
  return (call) => (call.op.type === "mutation" ? alone(call) : together(call));
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

async function headersOf({ headers = {} }: TransportOptions): Promise<Headers> {
  return typeof headers === "function" ? await headers() : headers;
}

function bearerHeaders(accessToken: unknown): Headers {
  const own: Headers = { "keywright-transport": "bearer" };
  return typeof accessToken === "string" ? { ...own, authorization: `Bearer ${accessToken}` } : own;
}
