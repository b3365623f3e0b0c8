import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import { z } from "zod";

export type App = { Bindings: HttpBindings };

/** Serves tRPC's procedures to a Fetch request. */
export type TrpcHandler = (request: Request, remoteAddress?: string) => Promise<Response>;

/** Why a procedure refused, as any client sees it. */
export interface Refusal {
  reason: string;
  status: number;
  fields: Record<string, { reason: string; message: string }[]>;
  /** Seconds. */
  retryAfter: number | null;
  requestId: string;
}

export type Outcome = { data: unknown; refusal: null } | { data: null; refusal: Refusal };

export interface CallInput {
  /** Such as `password.reset`. */
  procedure: string;
  input: object;
  /** Whether to pass on what the browser says about the page that sent this. */
  isFromForm: boolean;
}

const answer = z.object({ result: z.object({ data: z.object({ json: z.unknown() }) }) });
const refused = z.object({
  error: z.object({
    json: z.object({
      data: z.object({
        reason: z.string(),
        httpStatus: z.number(),
        fields: z.record(z.string(), z.array(z.object({ reason: z.string(), message: z.string() }))).default({}),
        retryAfter: z.number().nullable().default(null),
        requestId: z.string(),
      }),
    }),
  }),
});

interface Front {
  publicUrl: string;
  /** Which header holds the caller's address, instead of `X-Forwarded-For`. */
  addressHeader: string | null;
}

/**
 * Calls a procedure for a page, through the front door: limits, origin rule, validation and log are the same as for any
 * other call. It carries no cookie, and no cookie in the answer reaches the browser.
 */
export function createInProcessCall(trpc: TrpcHandler, { publicUrl, addressHeader }: Front) {
  return async (c: Context<App>, { procedure, input, isFromForm }: CallInput): Promise<Outcome> => {
    const request = new Request(new URL(`/trpc/${procedure}`, publicUrl), {
      method: "POST",
      headers: headersFor(c, { isFromForm, addressHeader }),
      body: JSON.stringify({ json: input }),
    });
    const response = await trpc(request, c.env.incoming.socket.remoteAddress);
    const body: unknown = await response.json();
    if (response.ok) return { data: answer.parse(body).result.data.json, refusal: null };
    const { httpStatus: status, ...refusal } = refused.parse(body).error.json.data;
    return { data: null, refusal: { ...refusal, status } };
  };
}

type Passed = Pick<CallInput, "isFromForm"> & Pick<Front, "addressHeader">;

function headersFor(c: Context<App>, { isFromForm, addressHeader }: Passed): Headers {
  const headers = new Headers({ "content-type": "application/json" });
  const passedOn = [
    "user-agent",
    addressHeader ?? "x-forwarded-for",
    "x-request-id",
    ...(isFromForm ? originHeaders(c) : []),
  ];
  for (const name of passedOn) {
    const value = c.req.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  return headers;
}

/**
 * Under `Referrer-Policy: no-referrer`, a browser sends a form of our own page with `Origin: null` (Fetch, "append a
 * request Origin header"). In that case `Sec-Fetch-Site` decides; if an old browser does not send that either, the
 * origin is unknown.
 */
function originHeaders(c: Context<App>): string[] {
  const isUnknown = c.req.header("origin") === "null" && c.req.header("sec-fetch-site") === undefined;
  return isUnknown ? [] : ["origin", "sec-fetch-site"];
}
