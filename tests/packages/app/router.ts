import { mountAuth } from "@keywright/api";
import { protectedProcedure } from "./builders.js";
import { t } from "./t.js";
import { withProfile } from "./with-profile.js";

export const mounted = mountAuth(t);
export const { auth, social } = mounted;
export const login = auth.login;
export const mine = protectedProcedure.query(({ ctx }) => ({ user: ctx.user, session: ctx.session, at: new Date() }));
export const appRouter = t.router({ ...mounted, ...withProfile, posts: t.router({ mine }) });
export type AppRouter = typeof appRouter;
export const createCaller = t.createCallerFactory(appRouter);
