import type { Operation, OperationLink, OperationResultEnvelope, TRPCClientError } from "@trpc/client";
import type { AnyRouter } from "@trpc/server";
import type { Headers } from "./options.js";
import { has } from "./shape.js";

export type Link = OperationLink<AnyRouter>;
export type Reply = OperationResultEnvelope<unknown, TRPCClientError<AnyRouter>>;
/** Sends a call over the wire, with these headers. */
export type Send = (headers?: Headers) => Promise<Reply>;
/** What stands between a caller and the wire: it may wait, send the call again, and look at the reply. */
export type AnswerCall = (op: Operation, send: Send) => Promise<Reply>;

/** A call as links take it. Those over HTTP have no use for its id. */
export function operation(type: "query" | "mutation", path: string, call: Partial<Operation> = {}): Operation {
  return { id: 0, type, path, input: undefined, context: {}, signal: null, ...call };
}

/** Sends a call by the last link, which asks no further one. */
export function sendBy(link: Link, op: Operation): Promise<Reply> {
  const next = () => {
    throw new Error();
  };
  return new Promise((resolve, reject) => {
    link({ op, next }).subscribe({ next: resolve, error: (error) => reject(readable(error)) });
  });
}

/** tRPC leaves it at "Unable to transform response from server". */
export function readable(error: TRPCClientError<AnyRouter>): Error {
  const response = error.meta?.response;
  if (!has(response, "url", "status") || !/^Unable to transform/.test(error.message)) return error;
  return Object.assign(error, { message: foreign(response) });
}

/** For an answer that is none of Keywright's. */
export function foreign({ url, status }: { url: unknown; status: unknown }): string {
  return `No Keywright server at ${String(url).replace(/\?.*/, "")} (${status}), or this client needs the server's \`transformer\`.`;
}

/** What a successful reply carries. */
export function dataOf({ result }: Reply): unknown {
  return "data" in result ? result.data : null;
}
