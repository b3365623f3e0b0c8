import { TRPCClientError, type TRPCLink } from "@trpc/client";
import type { AnyRouter } from "@trpc/server";
import { observable, type Unsubscribable } from "@trpc/server/observable";
import type { AnswerCall, Send } from "./link.js";

/** What answers calls, as a link for tRPC's own client. */
export function asyncLink(answer: AnswerCall): TRPCLink<AnyRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        let request: Unsubscribable | null = null;
        let isGivenUp = false;
        const send: Send = (context = {}) =>
          new Promise((resolve, reject) => {
            if (isGivenUp) return;
            const sent = next({ ...op, context: { ...op.context, ...context } });
            request = sent.subscribe({ next: resolve, error: reject });
          });
        answer(op, send).then(
          (reply) => {
            observer.next(reply);
            observer.complete();
          },
          (error) => observer.error(TRPCClientError.from(error)),
        );
        return () => {
          isGivenUp = true;
          request?.unsubscribe();
        };
      });
}
