import { createKeywrightClient, needsOwnRequest, safe } from "@keywright/client";
import { httpBatchStreamLink, httpLink, splitLink } from "@trpc/client";
import type { AppRouter } from "./router.js";

const transformer = { serialize: String, deserialize: String };
const options = { url: "/trpc", transformer };
export const client = createKeywrightClient({ url: "/trpc" });
export const own = createKeywrightClient<AppRouter>({ url: "/trpc" });
export const link = splitLink({
  condition: needsOwnRequest,
  true: httpLink(options),
  false: httpBatchStreamLink(options),
});
export const { auth, session } = client;
export const login = client.auth.login;
export const me = client.user.me;
export const tryLogin = () => safe(client.auth.login.mutate({ email: "a", password: "b" }));
export const logout = () => client.auth.logout.mutate();
export const change = () => client.password.change.mutate({ newPassword: "x" });
export const verifyToken = async () => await client.auth.verifyToken.mutate({ token: "x" });
export const events = () => client.user.events.query();
export const remove = () => client.user.delete.mutate({});
export const verify = () => client.registration.verifyEmail.mutate({ token: "x" });
export const check = () => client.password.checkToken.mutate({ token: "x" });
export const ownMe = () => own.user.me.query();
export const mine = () => safe(own.posts.mine.query());
