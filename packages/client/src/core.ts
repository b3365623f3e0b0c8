import type { CurrentSession } from "@keywright/api/public";
import { isCurrentSession, isTokens } from "./answers.js";
import { startBearer } from "./bearer.js";
import { type AnswerCall, dataOf, type Link, operation, sendBy } from "./link.js";
import type { KeywrightClientOptions } from "./options.js";
import { createSessionStore, type SessionStore } from "./session-store.js";
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
  const session = createSessionStore(() => currentSession(answer, transport), url);
  return { answer, transport, session };
}

async function renewOver(transport: Link, refreshToken: string) {
  const data = dataOf(await sendBy(transport, operation("mutation", "auth.refreshToken", { input: { refreshToken } })));
  if (isTokens(data)) return data;
  throw new Error("The server answered a refresh with something else than tokens.");
}

async function currentSession(answer: AnswerCall, transport: Link): Promise<CurrentSession | null> {
  const op = operation("query", "auth.session");
  const data = dataOf(await answer(op, (context) => sendBy(transport, { ...op, context: { ...context } })));
  return isCurrentSession(data) ? data : null;
}
