import { currentProcedure, errorFormatter, type KeywrightContext, mountAuth, transformer } from "@keywright/api";
import { initTRPC } from "@trpc/server";
import { z } from "zod";

const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
const signedIn = t.procedure.concat(currentProcedure);

/** An app of which the client calls our procedures and its own. */
export const modelRouter = t.router({
  ...mountAuth(t),
  posts: t.router({
    create: signedIn
      .input(z.strictObject({ text: z.string() }))
      .mutation(({ ctx, input }) => ({ author: ctx.auth.who.user.id, text: input.text })),
    mine: signedIn.query(({ ctx }) => ({ author: ctx.auth.who.user.id })),
  }),
});

export type ModelRouter = typeof modelRouter;
