import type { Operation } from "@trpc/client";
import { isSignIn, isTokens } from "./answers.js";
import { bearerHeaders } from "./bearer-headers.js";
import { type Reach, tokenServer } from "./bearer-server.js";
import { type AccessToken, type BearerSession, createBearerSession } from "./bearer-session.js";
import { createEndings, type Endings, everywhereMark } from "./endings.js";
import { isAnswered, isStoreFault, reasonOf } from "./errors.js";
import { type AnswerCall, dataOf, type Reply } from "./link.js";
import { ownPath } from "./own-path.js";
import { sessionChanged } from "./session-changed.js";
import { endingPaths, sessionlessPaths } from "./session-paths.js";
import { signedOut, withAsked } from "./session-state.js";
import type { SessionKeeper } from "./session-store.js";
import { has } from "./shape.js";
import { createKeeper } from "./token-keeper.js";
import type { TokenStore } from "./token-store.js";

interface Half {
  session: BearerSession;
  endings: Endings;
  store: SessionKeeper;
}

/** The half of a client that keeps tokens, for whoever has no cookies. Its table is in docs/decisions/0024. */
export function startBearer(tokens: TokenStore, store: SessionKeeper, reach: Reach): AnswerCall {
  const keeper = createKeeper(tokens);
  const server = tokenServer(reach, store);
  const endings = createEndings(keeper, server);
  const half: Half = { session: createBearerSession(keeper, { ...server, tell: endings.tell }), endings, store };
  // A keychain that cannot be read says nothing of who is signed in: the page may ask its user to sign in.
  store.amend((state) => {
    const { status, error } = state;
    return status === "loading" && isStoreFault(error) ? withAsked(signedOut, { error }) : state;
  });
  // Gives a call the session's access token, and reads sign-ins and sign-outs off the reply.
  return async (op, send) => {
    const era = half.session.era();
    const sendAs: SendAs = (access) => send(bearerHeaders(access?.token));
    if (ownPath(op) === "auth.logout") return await signOut(half, op, sendAs);
    const isSessionless = sessionlessPaths.includes(ownPath(op));
    const reply = await (isSessionless ? sendAs(half.session.held()) : sendRenewing(half, op, sendAs));
    if (op.type === "mutation") await takeNote(half, { op, data: dataOf(reply), era });
    half.endings.heard();
    return reply;
  };
}

type SendAs = (access: AccessToken | null) => Promise<Reply>;

/** A refused renewal is not told to the caller as such: the call goes on without a session, and the server judges it. */
async function sendRenewing({ session }: Half, op: Operation, sendAs: SendAs): Promise<Reply> {
  const era = session.era();
  let fault: unknown;
  // Where the store cannot be read, what is open to all is answered all the same.
  const orFault = (error: unknown) => {
    if (!isStoreFault(error) || asksWho(op)) throw error;
    fault = error;
    return null;
  };
  const waitFor = async (work: Promise<AccessToken | null>) => {
    const access = await unlessAborted(work, op).catch(orFault);
    // A call is its maker's, who may be gone. To ask who is signed in now is nobody's in particular.
    if (era !== session.era() && !asksWho(op)) throw sessionChanged();
    return access;
  };
  const access = await waitFor(session.current());
  const sent = sendAs(access);
  if (!access && op.context.isStores) return await sent.catch(nobodyIfUnreachable);
  if (!(access || fault) || !(await isTurnedAway(op, sent))) return await sent;
  const next = access && (await waitFor(session.current(access)));
  if (fault) throw fault;
  return await (next === null ? sent : sendAs(next));
}

/** Without a token nobody is signed in: a phone need not hear it from a server that it cannot reach. */
function nobodyIfUnreachable(error: Error): Reply {
  if (isAnswered(error)) throw error;
  return { result: { type: "data", data: null } };
}

function asksWho(op: Operation): boolean {
  return ownPath(op) === "auth.session";
}

/** `auth.session` refuses nobody: for a session that has expired, its answer is that there is none. */
function isTurnedAway(op: Operation, sent: Promise<Reply>): Promise<boolean> {
  return sent.then(
    (reply) => asksWho(op) && dataOf(reply) === null,
    (error) => reasonOf(error) === "NOT_AUTHENTICATED",
  );
}

/** On the device at once; at the server too, or as soon as it can be told. */
async function signOut({ session, endings, store }: Half, op: Operation, sendAs: SendAs): Promise<Reply> {
  const access = session.held();
  const isEverywhere = has(op.input, "everywhere") && op.input.everywhere === true;
  const left = session.leave(isEverywhere ? everywhereMark : "");
  store.left();
  const { ended, fault } = await left;
  if (ended) await endings.tell(access ? { ended, send: () => sendAs(access) } : undefined);
  // It is neither off the device nor ended: it would be there again after a restart.
  if (fault && !(ended && !endings.isWaiting(ended))) throw fault;
  // Nobody was signed in, as far as this device can tell.
  if (!ended) return await sendAs(access);
  return { result: { type: "data", data: {} } };
}

interface News {
  op: Operation;
  data: unknown;
  era: number;
}

async function takeNote({ session, store }: Half, { op, data, era }: News): Promise<void> {
  const path = ownPath(op);
  const isOver = endingPaths.includes(path);
  if (isSignIn(data) && isOver && era !== session.era()) {
    // Of whoever has changed their password and is gone: nobody is signed in by it.
    if (data.tokens) await session.discard(data.tokens);
    throw sessionChanged();
  } else if (isSignIn(data)) {
    const kept = data.tokens && session.begin(data.tokens, isOver);
    // Calls are made as whoever this is from now on, however long it takes to keep the token.
    store.became({ user: data.user, session: data.session });
    await kept;
  }
  // Whoever has signed in since stays so.
  else if (isOver) await (era === session.era() && session.end());
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
