import { errorFormatter, type KeywrightContext, mountAuth, transformer, userProcedure } from "@keywright/api";
import { initTRPC } from "@trpc/server";
import { z } from "zod";
import { type Post, type Posts, refusedAsFull, tooManyPosts } from "./posts.js";

const t = initTRPC.context<KeywrightContext & { posts: Posts }>().create({ transformer, errorFormatter, isDev: false });
/** Keywright's builder under the app's own root: signed in, with `ctx.user` and the app's `ctx.posts`. */
const signedIn = t.procedure.concat(userProcedure);

const postInput = z.strictObject({ title: z.string().min(1).max(100), publishAt: z.date().optional() });

/** The app's own procedures next to Keywright's. */
export const appRouter = t.router({
  ...mountAuth(t),
  posts: t.router({
    /** Everybody's posts, newest first. */
    list: t.procedure.query(({ ctx }): Post[] => ctx.posts.all()),
    /** Writes a post in the caller's name. Nobody may have more than three. */
    create: signedIn
      .errors(refusedAsFull)
      .input(postInput)
      .mutation(({ ctx, input }): Post => {
        const author = ctx.user.username ?? ctx.user.id;
        if (ctx.posts.of(author).length >= 3) throw tooManyPosts();
        return ctx.posts.add({ author, title: input.title, publishAt: input.publishAt ?? new Date() });
      }),
  }),
});

export type AppRouter = typeof appRouter;
