import type { CurrentSession } from "@keywright/api/public";
import type { Operation } from "@trpc/client";
import { isCurrentSession, isTokens } from "./answers.js";
import { startBearer } from "./bearer.js";
import { type AnswerCall, dataOf, type Link, operation, sendBy } from "./link.js";
import type { KeywrightClientOptions } from "./options.js";
import { createSessionStore, type SessionStore, type WithSession } from "./session-store.js";
import { answerWatched } from "./session-watch.js";
import { transportLink } from "./transport.js";

/** A client without the shape that its entry gives it. */
export interface Core {
  answer: AnswerCall;
  /** The last link. */
  transport: Link;
  session: SessionStore;
}

export function createCore(options: KeywrightClientOptions): Core {
  const { tokens, url } = options;
  const transport = transportLink(options, tokens ? "bearer" : "cookie");
  const bearer = tokens ? startBearer(tokens, (refreshToken) => renewOver(transport, refreshToken)) : null;
  const answer: AnswerCall = (op, send) => answerWatched(session, op, () => (bearer ? bearer(op, send) : send()));
  const session = createSessionStore(() => currentSession({ answer, transport }), url);
  return { answer, transport, session };
}

async function renewOver(transport: Link, refreshToken: string) {
  const data = dataOf(await sendBy(transport, operation("mutation", "auth.refreshToken", { input: { refreshToken } })));
  if (isTokens(data)) return data;
  throw new Error("The server answered a refresh with something else than tokens.");
}

async function currentSession(core: Pick<Core, "answer" | "transport">): Promise<CurrentSession | null> {
  const data = await callBy(core, operation("query", "auth.session"));
  return isCurrentSession(data) ? data : null;
}

/** What a call answers, by all that stands between its caller and the wire. */
export async function callBy({ answer, transport }: Pick<Core, "answer" | "transport">, op: Operation) {
  return dataOf(await answer(op, (context) => sendBy(transport, { ...op, context: { ...context } })));
}

// A client is a proxy that makes a path of every name, and cannot be added to.
export function withSession<C extends object>(client: C, session: SessionStore): C & WithSession;
export function withSession(client: object, session: SessionStore): object {
  return new Proxy(client, { get: (target, name) => (name === "session" ? session : Reflect.get(target, name)) });
}
