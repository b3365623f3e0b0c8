import { createRouterClient } from "@keywright/client/router";
import type { AppRouter } from "./router.js";

export const builtIn = createRouterClient({ url: "/trpc" });
export const own = createRouterClient<AppRouter>({ url: "/trpc" });
export const login = builtIn.auth.login;
export const { social, session } = builtIn;
export const tryLogin = () => builtIn.auth.login.mutate({ email: "a", password: "b" });
export const events = () => builtIn.user.events.query();
export const mine = () => own.posts.mine.query();
