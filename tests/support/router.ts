import { errorFormatter, type KeywrightContext, mountAuth, transformer } from "@keywright/api";
import { initTRPC } from "@trpc/server";

const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });

export const appRouter = t.router({ ...mountAuth(t) });
