import { type AuthContext, createFetchHandler, createKeywright, createMailbox, type FetchInput } from "@keywright/api";
import { appRouter } from "./router.js";

export const start = () =>
  createKeywright({
    secret: "of a test, and long enough to be one",
    publicUrl: "http://localhost:3000",
    database: "pglite::memory:",
    mailer: createMailbox(".keywright/mailbox"),
  });
export const createContext = async (input: FetchInput) => ({
  ...(await (await start()).createContext(input)),
  posts: { titles: [] },
});
export const handle = createFetchHandler({ router: appRouter, endpoint: "/trpc", createContext });
export const carrierOf = (context: AuthContext) => context.carrier;
export const sessionOf = (context: AuthContext) => context.carrier.authenticate();
export const markOf = (context: AuthContext) => context.carrier.deviceMarks();
