import type { CurrentSession } from "@keywright/api/public";
import type { Operation } from "@trpc/client";
import { isCurrentSession, isTokens } from "./answers.js";
import { bearerHeaders, startBearer } from "./bearer.js";
import type { TokenServer } from "./bearer-session.js";
import { type AnswerCall, dataOf, operation, type Send, sendBy } from "./link.js";
import type { Headers, KeywrightClientOptions } from "./options.js";
import { isPage } from "./page.js";
import { createSessionStore, type SessionKeeper, type SessionStore } from "./session-store.js";
import { answerWatched } from "./session-watch.js";
import { createTransport, headersOf, type Transport } from "./transport.js";

/** A client without the shape that its entry gives it. */
export interface Core {
  answer: AnswerCall;
  transport: Transport;
  session: SessionStore;
}

export function createCore(options: KeywrightClientOptions): Core {
  const { tokens, url, headers } = options;
  const transport = createTransport(options, tokens ? "omit" : "include");
  const readHeaders = headersOf(options);
  // Without a page, a function may answer with the headers of many visitors.
  const isShared = () => !tokens && typeof headers === "function" && !isPage();
  const ask = async () => currentIn(await callBy({ answer, transport }, operation("query", "auth.session")));
  const session = createSessionStore(ask, url, isShared);
  const askAs: AskAs = async (token, op) =>
    dataOf(await sendBy(transport(op.type, { ...(await readHeaders()), ...bearerHeaders(token) }), op));
  const bearer = tokens && startBearer(tokens, serverOf(askAs, session));
  const answer: AnswerCall = (op, send) => {
    const given = readHeaders();
    // Nobody may be left to hear of it: the call can be over before.
    given.catch(() => {});
    const sendWith: Send = async (own) => send({ ...(await given), ...(await proofFor(options, op)), ...own });
    return answerWatched(session, op, () => (bearer ? bearer(op, sendWith) : sendWith()));
  };
  return { answer, transport, session };
}

/** Asked for at each sending, since most proofs are good once. */
async function proofFor({ proof }: KeywrightClientOptions, { path }: Operation): Promise<Headers> {
  if (!gated.test(path)) return {};
  const value = typeof proof === "function" ? await proof(path) : proof;
  return value ? { "keywright-proof": value } : {};
}

/** The calls that a server's gate decides on. An app may have mounted them below a group of its own. */
const gated = /(^|\.)(auth\.login|registration\.register|password\.requestReset|social\.(start|login))$/;

/** Sends a call past the tokens that are kept. */
type AskAs = (token: string | undefined, op: Operation) => Promise<unknown>;

function serverOf(askAs: AskAs, session: SessionKeeper): TokenServer {
  return {
    async renew(refreshToken) {
      const data = await askAs(undefined, operation("mutation", "auth.refreshToken", { input: { refreshToken } }));
      if (isTokens(data)) return data;
      throw new Error("The server sent no tokens.");
    },
    async noticeOf(token) {
      const current = token ? currentIn(await askAs(token, operation("query", "auth.session"))) : null;
      const { user } = session.get();
      if (user && user.id === current?.user.id) return null;
      return () => session.became(current);
    },
  };
}

function currentIn(data: unknown): CurrentSession | null {
  return isCurrentSession(data) ? data : null;
}

/** What a call answers, by all that stands between its caller and the wire. */
export async function callBy({ answer, transport }: Pick<Core, "answer" | "transport">, op: Operation) {
  return dataOf(await answer(op, (headers = {}) => sendBy(transport(op.type, headers), op)));
}
