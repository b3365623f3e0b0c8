import { errorFormatter, type KeywrightContext, mountAuth, transformer, userProcedure } from "@keywright/api";
import { initTRPC } from "@trpc/server";

const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
const signedIn = t.procedure.concat(userProcedure);

export const appRouter = t.router({
  ...mountAuth(t),
  posts: t.router({ mine: signedIn.query(({ ctx }) => [`A post of ${ctx.user.email}`]) }),
});

/** For server components and server actions. */
export const createCaller = t.createCallerFactory(appRouter);
