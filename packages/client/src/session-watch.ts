import type { Operation } from "@trpc/client";
import { isSignIn, isUser } from "./answers.js";
import { isAnothersSession, reasonOf } from "./errors.js";
import { dataOf, type Reply } from "./link.js";
import { ownPath } from "./own-path.js";
import { doubtfulPaths, endingPaths, sessionlessPaths } from "./session-paths.js";
import type { SessionKeeper } from "./session-store.js";

/** Lets the store know what a call says about the session. */
export async function answerWatched(store: SessionKeeper, op: Operation, answer: () => Promise<Reply>): Promise<Reply> {
  const era = store.era();
  // What was asked for before something happened may be older than that.
  const isCurrent = () => era === store.era();
  try {
    const reply = await answer();
    takeNote(store, { op, data: dataOf(reply), isCurrent: isCurrent() });
    return reply;
  } catch (error) {
    const reason = reasonOf(error);
    const isRefused = reason === "NOT_AUTHENTICATED" && store.get().user;
    // A refusal that was on its way when somebody signed in is not about them, but may have removed their cookie.
    if (isRefused && isCurrent()) store.became(null);
    // It may have been done all the same: the answer was lost, or not waited for.
    else if (isRefused || isAnothersSession(error) || (reason === null && mayChange(op))) store.doubt();
    throw error;
  }
}

interface News {
  op: Operation;
  data: unknown;
  isCurrent: boolean;
}

function takeNote(store: SessionKeeper, { op, data, isCurrent }: News): void {
  const path = ownPath(op);
  // What keeps tokens has told it before it has kept them: by now somebody else may be there.
  if (isSignIn(data) && data.tokens && !isCurrent) return;
  if (/^user\.(me|update)$/.test(path) && isUser(data)) {
    if (op.type === "mutation") store.changed(data);
    else if (isCurrent) store.read(data);
  } else if (op.type === "mutation") {
    if (isSignIn(data)) store.became({ user: data.user, session: data.session });
    else if (endingPaths.includes(path) && isCurrent) store.became(null);
    else if (endingPaths.includes(path) || doubtfulPaths.includes(path)) store.doubt();
  }
}

/** Whether a call may have changed who is signed in, or what is known of them. */
function mayChange(op: Operation): boolean {
  const path = ownPath(op);
  return op.type === "mutation" && [...sessionlessPaths, ...endingPaths, ...doubtfulPaths].includes(path);
}
