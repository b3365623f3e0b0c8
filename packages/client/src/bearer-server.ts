import type { Operation } from "@trpc/client";
import { currentIn, isTokens } from "./answers.js";
import { bearerHeaders } from "./bearer-headers.js";
import type { TokenServer } from "./bearer-session.js";
import { dataOf, operation, sendBy } from "./link.js";
import type { Headers } from "./options.js";
import { inTime } from "./patience.js";
import type { SessionKeeper } from "./session-store.js";
import type { Transport } from "./transport.js";

/** How the client reaches its server, past the tokens that are kept. */
export interface Reach {
  transport: Transport;
  readHeaders(): Promise<Headers>;
}

export function tokenServer({ transport, readHeaders }: Reach, session: SessionKeeper): Omit<TokenServer, "tell"> {
  const ask = async (op: Operation, token?: string) =>
    dataOf(await sendBy(transport(op.type, { ...(await readHeaders()), ...bearerHeaders(token) }), op));
  const renew = async (refreshToken: string, signal: AbortSignal) => {
    const data = await ask(operation("mutation", "auth.refreshToken", { input: { refreshToken }, signal }));
    if (isTokens(data)) return data;
    throw new Error("The server sent no tokens.");
  };
  return {
    renew,
    isShowing: () => session.get().status !== "loading",
    async noticeOf(token) {
      const asked = (signal: AbortSignal) => ask(operation("query", "auth.session", { signal }), token);
      const current = token ? currentIn(await inTime(asked)) : null;
      const { user } = session.get();
      if (user && user.id === current?.user.id) return null;
      return () => session.became(current);
    },
    end: (refreshToken, everywhere) =>
      inTime(async (signal) => {
        if (!everywhere)
          return await ask(operation("mutation", "auth.revokeToken", { input: { refreshToken }, signal }));
        const { accessToken } = await renew(refreshToken, signal);
        return await ask(operation("mutation", "auth.logout", { input: { everywhere }, signal }), accessToken);
      }),
  };
}
