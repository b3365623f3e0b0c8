import type { AuthRouter, SignIn, Tokens } from "@keywright/api/public";
import { type Operation, type OperationResultEnvelope, TRPCClientError, type TRPCLink } from "@trpc/client";
import { observable, type Unsubscribable } from "@trpc/server/observable";
import type { AccessToken, BearerSession } from "./bearer-session.js";
import { reasonOf } from "./errors.js";
import { accessTokenKey } from "./transport.js";

type Answer = OperationResultEnvelope<unknown, TRPCClientError<AuthRouter>>;
type Send = (access: AccessToken | null) => Promise<Answer>;
type Procedures = AuthRouter["_def"]["record"];
type Path = { [Group in keyof Procedures & string]: `${Group}.${keyof Procedures[Group] & string}` }[keyof Procedures &
  string];

/** Calls that bring their own proof or need none: an expired session must not keep anybody from signing in. */
export const sessionlessPaths = [
  "auth.login",
  "auth.refreshToken",
  "auth.verifyToken",
  "auth.revokeToken",
  "password.requestReset",
  "password.checkToken",
  "password.reset",
  "password.set",
  "registration.register",
  "registration.verifyEmail",
  "registration.resendVerification",
  "user.confirmEmailChange",
  "user.undoEmailChange",
] as const satisfies readonly Path[];

/** Calls after which nobody is signed in; `password.change` where the server is set so. */
const endingPaths: readonly string[] = [
  "auth.logout",
  "user.archive",
  "user.delete",
  "password.change",
] satisfies Path[];

/** Gives every call the session's access token, and reads sign-ins and sign-outs off the answers. */
export function bearerLink(session: BearerSession): TRPCLink<AuthRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        let request: Unsubscribable | null = null;
        let isGivenUp = false;
        const send: Send = (access) =>
          new Promise((resolve, reject) => {
            if (isGivenUp) return;
            const context = { ...op.context, [accessTokenKey]: access?.token };
            request = next({ ...op, context }).subscribe({ next: resolve, error: reject });
          });
        answerTo(op, session, send).then(
          (answer) => {
            observer.next(answer);
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

async function answerTo(op: Operation, session: BearerSession, send: Send): Promise<Answer> {
  const isSessionless = sessionlessPaths.some((path) => path === op.path);
  const answer = await (isSessionless ? send(session.held()) : sendRenewing(op, session, send));
  if (op.type === "mutation") await takeNote(op, session, "data" in answer.result ? answer.result.data : null);
  return answer;
}

/** A refused renewal is not told to the caller as such: the call goes on without a session, and the server judges it. */
async function sendRenewing(op: Operation, session: BearerSession, send: Send): Promise<Answer> {
  const access = await unlessAborted(session.current(), op);
  const sent = send(access);
  if (access === null || !(await isTurnedAway(op, sent))) return await sent;
  const next = await unlessAborted(session.insteadOf(access), op);
  return await (next === null ? sent : send(next));
}

/** `auth.session` refuses nobody: for a session that has expired, its answer is that there is none. */
function isTurnedAway({ path }: Operation, sent: Promise<Answer>): Promise<boolean> {
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

/** By shape, so that procedures of your own that answer with our sign-in are as good as ours. */
function isSignIn(data: unknown): data is SignIn {
  if (typeof data !== "object" || data === null || !("status" in data && "tokens" in data)) return false;
  return data.status === "signed_in" && (data.tokens === null || isTokens(data.tokens));
}

function isTokens(data: unknown): data is Tokens {
  if (!hasRefreshToken(data) || !("accessToken" in data && "accessExpiresAt" in data)) return false;
  return typeof data.accessToken === "string" && data.accessExpiresAt instanceof Date;
}

function hasRefreshToken(data: unknown): data is { refreshToken: string } {
  return typeof data === "object" && data !== null && "refreshToken" in data && typeof data.refreshToken === "string";
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
