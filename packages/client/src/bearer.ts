import type { Operation } from "@trpc/client";
import { isSignIn, isTokens } from "./answers.js";
import { bearerHeaders } from "./bearer-headers.js";
import { type BearerClient, serverOf } from "./bearer-server.js";
import { type AccessToken, type BearerSession, createBearerSession } from "./bearer-session.js";
import { reasonOf } from "./errors.js";
import { type AnswerCall, dataOf, type Reply } from "./link.js";
import { ownPath } from "./own-path.js";
import { sessionChanged } from "./session-changed.js";
import { endingPaths, sessionlessPaths } from "./session-paths.js";
import { has } from "./shape.js";
import type { TokenStore } from "./token-store.js";

/** The half of a client that keeps tokens, for whoever has no cookies. */
export function startBearer(tokens: TokenStore, client: BearerClient): AnswerCall {
  return answerBy(createBearerSession(tokens, serverOf(client)));
}

export function answerBy(session: BearerSession): AnswerCall {
  // Gives a call the session's access token, and reads sign-ins and sign-outs off the reply.
  return async (op, send) => {
    const era = session.era();
    const sendAs: SendAs = (access) => send(bearerHeaders(access?.token));
    const isSessionless = sessionlessPaths.includes(ownPath(op));
    const reply = await (isSessionless ? sendAs(session.held()) : sendRenewing(session, op, sendAs));
    if (op.type === "mutation") await takeNote(session, { op, data: dataOf(reply), era });
    return reply;
  };
}

type SendAs = (access: AccessToken | null) => Promise<Reply>;

/** A refused renewal is not told to the caller as such: the call goes on without a session, and the server judges it. */
async function sendRenewing(session: BearerSession, op: Operation, sendAs: SendAs): Promise<Reply> {
  const era = session.era();
  const waitFor = async (work: Promise<AccessToken | null>) => {
    const access = await unlessAborted(work, op);
    // A call is its maker's, who may be gone. To ask who is signed in now is nobody's in particular.
    if (era !== session.era() && ownPath(op) !== "auth.session") throw sessionChanged();
    return access;
  };
  const access = await waitFor(session.current());
  const sent = sendAs(access);
  if (access === null || !(await isTurnedAway(op, sent))) return await sent;
  const next = await waitFor(session.current(access));
  return await (next === null ? sent : sendAs(next));
}

/** `auth.session` refuses nobody: for a session that has expired, its answer is that there is none. */
function isTurnedAway(op: Operation, sent: Promise<Reply>): Promise<boolean> {
  return sent.then(
    (reply) => ownPath(op) === "auth.session" && dataOf(reply) === null,
    (error) => reasonOf(error) === "NOT_AUTHENTICATED",
  );
}

interface News {
  op: Operation;
  data: unknown;
  era: number;
}

async function takeNote(session: BearerSession, { op, data, era }: News): Promise<void> {
  const path = ownPath(op);
  if (isSignIn(data)) await (data.tokens && session.begin(data.tokens));
  // Whoever has signed in since stays so.
  else if (endingPaths.includes(path)) await (era === session.era() && session.end());
  else if (path === "auth.refreshToken" && hasRefreshToken(op.input) && isTokens(data)) {
    await session.succeed(op.input.refreshToken, data);
  }
}

function hasRefreshToken(input: unknown): input is { refreshToken: string } {
  return has(input, "refreshToken") && typeof input.refreshToken === "string";
}

/** Others wait for the same renewal: a call that is aborted stops waiting by itself. */
function unlessAborted<T>(work: Promise<T>, { signal }: Operation): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Error("Aborted"));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
