import type { Operation } from "@trpc/client";
import { endingPaths, hasRefreshToken, isSessionless, isSignIn, isTokens } from "./answers.js";
import { type AccessToken, type BearerSession, createBearerSession, type Renew } from "./bearer-session.js";
import { reasonOf } from "./errors.js";
import { type AnswerCall, dataOf, type Reply, type Send } from "./link.js";
import type { TokenStore } from "./token-store.js";
import { accessTokenKey } from "./transport.js";

/** The half of a client that keeps tokens, for whoever has no cookies. */
export function startBearer(tokens: TokenStore, renew: Renew): AnswerCall {
  const session = createBearerSession(tokens, renew);
  return (op, send) => answerAsBearer(session, op, send);
}

/** Gives a call the session's access token, and reads sign-ins and sign-outs off the reply. */
async function answerAsBearer(session: BearerSession, op: Operation, send: Send): Promise<Reply> {
  const sendAs = (access: AccessToken | null) => send({ [accessTokenKey]: access?.token });
  const reply = await (isSessionless(op.path) ? sendAs(session.held()) : sendRenewing(op, session, sendAs));
  if (op.type === "mutation") await takeNote(op, session, dataOf(reply));
  return reply;
}

type SendAs = (access: AccessToken | null) => Promise<Reply>;

/** A refused renewal is not told to the caller as such: the call goes on without a session, and the server judges it. */
async function sendRenewing(op: Operation, session: BearerSession, sendAs: SendAs): Promise<Reply> {
  const access = await unlessAborted(session.current(), op);
  const sent = sendAs(access);
  if (access === null || !(await isTurnedAway(op, sent))) return await sent;
  const next = await unlessAborted(session.insteadOf(access), op);
  return await (next === null ? sent : sendAs(next));
}

/** `auth.session` refuses nobody: for a session that has expired, its answer is that there is none. */
function isTurnedAway({ path }: Operation, sent: Promise<Reply>): Promise<boolean> {
  return sent.then(
    ({ result }) => path === "auth.session" && "data" in result && result.data === null,
    (error) => reasonOf(error) === "NOT_AUTHENTICATED",
  );
}

async function takeNote({ path, input }: Operation, session: BearerSession, data: unknown): Promise<void> {
  if (endingPaths.includes(path) && !isSignIn(data)) await session.end();
  else if (isSignIn(data) && data.tokens) await session.begin(data.tokens);
  else if (path === "auth.refreshToken" && hasRefreshToken(input) && isTokens(data)) {
    await session.succeed(input.refreshToken, data);
  }
}

/** Others wait for the same renewal: a call that is aborted stops waiting by itself. */
function unlessAborted<T>(work: Promise<T>, { signal }: Operation): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason ?? new Error("The call was aborted."));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
