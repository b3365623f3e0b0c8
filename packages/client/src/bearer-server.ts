import { currentIn, isTokens } from "./answers.js";
import { bearerHeaders } from "./bearer-headers.js";
import type { TokenServer } from "./bearer-session.js";
import { dataOf, operation, sendBy } from "./link.js";
import type { Headers } from "./options.js";
import type { SessionKeeper } from "./session-store.js";
import type { Transport } from "./transport.js";

/** What the half that keeps tokens needs of its client. */
export interface BearerClient {
  transport: Transport;
  readHeaders: () => Promise<Headers>;
  session: SessionKeeper;
}

export function serverOf({ transport, readHeaders, session }: BearerClient): TokenServer {
  // Past the tokens that are kept.
  const ask = async (token: string | undefined, op: ReturnType<typeof operation>) =>
    dataOf(await sendBy(transport(op.type, { ...(await readHeaders()), ...bearerHeaders(token) }), op));
  return {
    async renew(refreshToken) {
      const data = await ask(undefined, operation("mutation", "auth.refreshToken", { input: { refreshToken } }));
      if (isTokens(data)) return data;
      throw new Error("The server sent no tokens.");
    },
    async noticeOf(token) {
      const current = token ? currentIn(await ask(token, operation("query", "auth.session"))) : null;
      const { user } = session.get();
      if (user && user.id === current?.user.id) return null;
      return () => session.became(current);
    },
  };
}
