import type { Operation } from "@trpc/client";
import { currentIn } from "./answers.js";
import { type AnswerCall, dataOf, operation, type Send, sendBy } from "./link.js";
import type { Headers, KeywrightClientOptions } from "./options.js";
import { ownPath } from "./own-path.js";
import { isPage } from "./page.js";
import { sessionlessPaths } from "./session-paths.js";
import { createSessionStore, type SessionStore } from "./session-store.js";
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
  // Alone, as mutations go: what it travelled with might take long.
  const alone: Transport = (_type, headers) => transport("mutation", headers);
  const ask = async (signal: AbortSignal) =>
    currentIn(
      await callBy(
        { answer, transport: alone },
        operation("query", "auth.session", { signal, context: { isStores: true } }),
      ),
    );
  const session = createSessionStore(ask, String(url), isShared);
  options.lastKnown?.start(session);
  // Pages do without: their visitors need not wait for it.
  const bearer =
    tokens && late(async () => (await import("./bearer.js")).startBearer(tokens, session, { transport, readHeaders }));
  const answer: AnswerCall = (op, send) => {
    const given = readHeaders();
    // Nobody may be left to hear of it: the call can be over before.
    given.catch(() => {});
    const asked = tokens ? {} : believedBy(session, op);
    const sendWith: Send = async (own) =>
      send({ ...(await given), ...(await proofFor(options, op)), ...asked, ...own });
    return answerWatched(session, op, async () => (bearer ? bearer(op, sendWith) : sendWith()));
  };
  return { answer, transport, session };
}

/** Loads at the first call what answers it, and again at the next one if that fails. */
function late(load: () => Promise<AnswerCall>): AnswerCall {
  let loaded: AnswerCall | null = null;
  let loading: Promise<AnswerCall> | null = null;
  const loadOnce = async () => {
    loading ??= load().then(
      (answer) => (loaded = answer),
      (error) => {
        loading = null;
        throw error;
      },
    );
    return await loading;
  };
  return async (op, send) => (loaded ?? (await loadOnce()))(op, send);
}

/** So that no call is done for whoever has signed in in another tab, of whom this page does not know yet. */
function believedBy(store: SessionStore, op: Operation): Headers {
  const { session } = store.get();
  if (!session || op.type === "query" || sessionlessPaths.includes(ownPath(op))) return {};
  return { "keywright-session": session.id };
}

/** Asked for at each sending, since most proofs are good once. */
async function proofFor({ proof }: KeywrightClientOptions, { path }: Operation): Promise<Headers> {
  if (!gated.test(path)) return {};
  const value = typeof proof === "function" ? await proof(path) : proof;
  return value ? { "keywright-proof": value } : {};
}

/** The calls that a server's gate decides on. An app may have mounted them below a group of its own. */
const gated = /(^|\.)(auth\.login|registration\.register|password\.requestReset|social\.(start|login))$/;

/** What a call answers, by all that stands between its caller and the wire. */
export async function callBy({ answer, transport }: Pick<Core, "answer" | "transport">, op: Operation) {
  return dataOf(await answer(op, (headers = {}) => sendBy(transport(op.type, headers), op)));
}
