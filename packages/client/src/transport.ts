import { httpBatchLink } from "@trpc/client/links/httpBatchLink";
import { httpLink } from "@trpc/client/links/httpLink";
import { SuperJSON } from "superjson";
import { foreign, type Link } from "./link.js";
import type { Headers, Transformer, TransportOptions } from "./options.js";
import { isPage } from "./page.js";
import { has } from "./shape.js";

type LinkFetch = NonNullable<Parameters<typeof httpLink>[0]["fetch"]>;

/** The last link, for a call with these headers. */
export type Transport = (type: string, headers: Headers) => Link;

/** The server refuses longer batches. */
const maxItems = 10;

/** Sends calls over HTTP. Queries of one moment travel together if their headers are the same, mutations alone. */
export function createTransport(options: TransportOptions, credentials: "include" | "omit"): Transport {
  const { url, transformer = superJson(), fetch: given } = options;
  const send: LinkFetch = async (url, { signal = null, ...init } = {}) => {
    // A redirect (307, 308) would take the body, and with it passwords and tokens, to another server.
    const response = await (given ?? fetch)(String(url), { ...init, signal, credentials, redirect: "error" });
    // A page, most likely: of a proxy, or of whatever else is at the address.
    if (!/json/.test(response.headers.get("content-type") ?? "json")) throw new Error(foreign(response));
    return response;
  };
  const http = { url: endpointOf(url), transformer, fetch: send };
  let known: string;
  let together: Link;
  return (type, headers) => {
    // Nearly every mutation handles credentials, and those are refused in a batch. A list of them would fall behind the
    // server's, and what the others would save is little: nobody makes ten of them at once.
    if (type === "mutation") return httpLink({ ...http, headers })({});
    const own = JSON.stringify(headers);
    // A batch is one user's: what waits in the one before goes as it is.
    if (own !== known) together = httpBatchLink({ ...http, maxItems, headers })({});
    known = own;
    return together;
  };
}

/** superjson makes `undefined` of what is not its own, and nobody would be signed in. */
function superJson(): Transformer {
  const { serialize, deserialize }: Transformer = SuperJSON;
  return {
    serialize,
    deserialize(wire) {
      if (!has(wire, "json")) throw new Error();
      return deserialize(wire);
    },
  };
}

/** Reads the headers of a call when it is made: on a server, a moment later may be another visitor's. */
export function headersOf({ headers = {} }: TransportOptions): () => Promise<Headers> {
  const read = async () => ({ ...(typeof headers === "function" ? await headers() : headers) });
  let ofPage: Promise<Headers> | null = null;
  return () => {
    if (!isPage()) return read();
    // A page asks once for what travels together.
    if (!ofPage) setTimeout(() => (ofPage = null));
    ofPage ??= read();
    return ofPage;
  };
}

// By hand: React Native's own `URL` does not read addresses.
function endpointOf(url: string | URL): string {
  const text = String(url).trim();
  const address = /^[\w.-]+:\d+(\/|$)/.test(text) ? `http://${text}` : text;
  if (!/^(\/|[a-z][a-z\d+.-]*:|$)/i.test(address)) {
    throw new TypeError(
      `The client's \`url\` is "${text}": write "https://api.example.com", or "/trpc" for this page's own.`,
    );
  }
  const isOrigin = /^([a-z][a-z\d+.-]*:)?(\/\/[^/?#]*)?\/?$/i.test(address);
  return isOrigin ? `${address.replace(/\/$/, "")}/trpc` : address;
}
