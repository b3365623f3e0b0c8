/** One library's programs in the comparison. */
interface FrontEnd {
  library: "@keywright/client" | "better-auth" | "@supabase/auth-js";
  /** A page that shows who is signed in and makes no other call: what every visitor loads. */
  page: string;
  /** The usual calls of an account system, and their refusals. */
  calls: string;
}

/**
 * Each as in the library's own documentation. All `calls` do the same; what one library lacks, none of them does, but that
 * supabase's has no list of devices.
 */
export const frontEnds = {
  flat: keywright(`import { createKeywrightClient, safe } from "@keywright/client";`, "createKeywrightClient"),
  router: keywright(
    `import { createRouterClient } from "@keywright/client/router";\nimport { safe } from "@trpc/client";`,
    "createRouterClient",
  ),
  betterAuth: betterAuth(
    `import { multiSessionClient, twoFactorClient, usernameClient } from "better-auth/client/plugins";`,
    "plugins: [usernameClient(), twoFactorClient(), multiSessionClient()]",
  ),
  betterAuthBare: betterAuth("", ""),
  supabase: supabase(),
};

function keywright(imported: string, create: string): FrontEnd {
  const client = `${imported}\nconst client = ${create}({ url: "https://api.example.com" });\n`;
  return {
    library: "@keywright/client",
    page: `${client}client.session.subscribe(() => {
  const { user } = client.session.get();
  document.title = user ? user.id : "Welcome";
});`,
    calls: `${client}
export async function signUp(email: string, password: string): Promise<string | undefined> {
  const answer = await client.registration.register.mutate({ email, password, firstName: "Ada" });
  return answer.status === "signed_in" ? answer.user.id : undefined;
}
export async function signIn(email: string, password: string): Promise<string | undefined> {
  const [answer, error] = await safe(client.auth.login.mutate({ email, password }));
  return error?.data?.reason === "INVALID_CREDENTIALS" ? error.message : answer?.user.id;
}
export const onChange = (show: (userId: string | undefined) => void) =>
  client.session.subscribe(() => show(client.session.get().user?.id));
export const changePassword = (currentPassword: string, newPassword: string) =>
  client.password.change.mutate({ currentPassword, newPassword });
export const requestReset = (email: string) => client.password.requestReset.mutate({ email });
export const devices = async (): Promise<Date[]> =>
  (await client.auth.sessions.query()).map(({ expiresAt }) => expiresAt);
export const signOut = () => client.auth.logout.mutate();`,
  };
}

function betterAuth(imported: string, settings: string): FrontEnd {
  const client = `import { createAuthClient } from "better-auth/client";\n${imported}
const client = createAuthClient({ baseURL: "https://api.example.com", ${settings} });\n`;
  return {
    library: "better-auth",
    page: `${client}client.useSession.subscribe(({ data }) => {
  document.title = data ? data.user.id : "Welcome";
});`,
    calls: `${client}
export async function signUp(email: string, password: string): Promise<string | undefined> {
  const { data } = await client.signUp.email({ email, password, name: "Ada" });
  return data?.user.id;
}
export async function signIn(email: string, password: string): Promise<string | undefined> {
  const { data, error } = await client.signIn.email({ email, password });
  return error?.code === "INVALID_EMAIL_OR_PASSWORD" ? error.message : data?.user.id;
}
export const onChange = (show: (userId: string | undefined) => void) =>
  client.useSession.subscribe(({ data }) => show(data?.user.id));
export const changePassword = (currentPassword: string, newPassword: string) =>
  client.changePassword({ currentPassword, newPassword });
export const requestReset = (email: string) => client.requestPasswordReset({ email });
export const devices = async (): Promise<Date[] | undefined> =>
  (await client.listSessions()).data?.map(({ expiresAt }) => expiresAt);
export const signOut = () => client.signOut();`,
  };
}

function supabase(): FrontEnd {
  const client = `import { AuthClient } from "@supabase/auth-js";
const client = new AuthClient({ url: "https://api.example.com/auth/v1" });\n`;
  return {
    library: "@supabase/auth-js",
    page: `${client}client.onAuthStateChange((_event, session) => {
  document.title = session ? session.user.id : "Welcome";
});`,
    calls: `${client}
export async function signUp(email: string, password: string): Promise<string | undefined> {
  const { data } = await client.signUp({ email, password, options: { data: { firstName: "Ada" } } });
  return data.user?.id;
}
export async function signIn(email: string, password: string): Promise<string | undefined> {
  const { data, error } = await client.signInWithPassword({ email, password });
  return error?.code === "invalid_credentials" ? error.message : data.user?.id;
}
export const onChange = (show: (userId: string | undefined) => void) =>
  client.onAuthStateChange((_event, session) => show(session?.user.id));
export const changePassword = (current_password: string, password: string) =>
  client.updateUser({ password, current_password });
export const requestReset = (email: string) => client.resetPasswordForEmail(email);
export const signOut = () => client.signOut();`,
  };
}
