import type { Operation } from "@trpc/client";
import { isSignIn, isUser } from "./answers.js";
import { reasonOf } from "./errors.js";
import { dataOf, type Reply } from "./link.js";
import { doubtfulPaths, endingPaths } from "./session-paths.js";
import type { SessionKeeper } from "./session-store.js";

/** Lets the store know what a call says about the session. */
export async function answerWatched(store: SessionKeeper, op: Operation, answer: () => Promise<Reply>): Promise<Reply> {
  const era = store.era();
  try {
    const reply = await answer();
    const data = dataOf(reply);
    // What was asked for before something happened may be older than that.
    if (op.type === "mutation") takeNote(store, op, data);
    else if (isUser(data) && era === store.era()) store.read(data);
    return reply;
  } catch (error) {
    // A refusal that was on its way when somebody signed in is not about them.
    const isCurrent = era === store.era() && store.get().status === "signedIn";
    if (isCurrent && reasonOf(error) === "NOT_AUTHENTICATED") store.became(null);
    throw error;
  }
}

function takeNote(store: SessionKeeper, { path }: Operation, data: unknown): void {
  if (isUser(data)) store.changed(data);
  else if (isSignIn(data)) store.became({ user: data.user, session: data.session });
  else if (endingPaths.includes(path)) store.became(null);
  else if (doubtfulPaths.includes(path)) store.doubt();
}
