import { TRPCClientError, type TRPCLink } from "@trpc/client";
import type { AnyRouter } from "@trpc/server";
import { observable, type Unsubscribable } from "@trpc/server/observable";
import type { Core } from "./core.js";
import { reasonOf } from "./errors.js";
import { readable, type Send } from "./link.js";

/** What answers calls, as the only link of tRPC's own client. */
export function asyncLink({ answer, transport }: Pick<Core, "answer" | "transport">): TRPCLink<AnyRouter> {
  return () => (call) =>
    observable((observer) => {
      let request: Unsubscribable | null = null;
      let isGivenUp = false;
      const send: Send = (headers = {}) =>
        new Promise((resolve, reject) => {
          if (isGivenUp) return;
          request = transport(
            call.op.type,
            headers,
          )(call).subscribe({ next: resolve, error: (error) => reject(readable(error)) });
        });
      answer(call.op, send).then(
        (reply) => {
          observer.next(reply);
          observer.complete();
        },
        (error) => observer.error(TRPCClientError.from(answerLike(error))),
      );
      return () => {
        isGivenUp = true;
        request?.unsubscribe();
      };
    });
}

/** To tRPC, a refusal of our own has to look like a server's answer. */
function answerLike(error: Error): object {
  if (reasonOf(error) !== "SESSION_CHANGED" || !("data" in error)) return error;
  return { error: { code: 0, message: error.message, data: error.data } };
}
