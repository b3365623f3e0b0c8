import type { Operation } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import { expect, test } from "vitest";
import { asyncLink } from "../../packages/client/src/async-link.js";
import { startBearer } from "../../packages/client/src/bearer.js";
import { createSessionStore } from "../../packages/client/src/session-store.js";

const op: Operation = { id: 1, type: "query", input: undefined, path: "user.me", context: {}, signal: null };
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

function linkWith(load: () => Promise<string | null>) {
  const seen = { sent: 0, stopped: 0 };
  const transport = () => () =>
    observable<never, never>(() => {
      seen.sent++;
      return () => {
        seen.stopped++;
      };
    });
  const store = createSessionStore(() => Promise.resolve(null), "");
  const answer = startBearer({ load, save: () => {} }, store, { transport, readHeaders: async () => ({}) });
  return { seen, call: asyncLink({ answer, transport })({})({ op, next: transport() }) };
}

test("a call that is given up while it waits for the store is never sent", async () => {
  let answer = (_refreshToken: string | null) => {};
  const loaded = new Promise<string | null>((resolve) => {
    answer = resolve;
  });
  const { seen, call } = linkWith(() => loaded);
  call.subscribe({}).unsubscribe();
  answer(null);
  await settled();
  expect(seen).toEqual({ sent: 0, stopped: 0 });
});

test("a call that is given up on its way is stopped", async () => {
  const { seen, call } = linkWith(async () => null);
  const subscription = call.subscribe({});
  await settled();
  subscription.unsubscribe();
  expect(seen).toEqual({ sent: 1, stopped: 1 });
});
