import {
  createKeywrightClient,
  type FailureOf,
  fieldErrorsOf,
  type KeywrightClient,
  memoryTokens,
  type Reason,
  reasonOf,
  retryAfterOf,
  type SessionInfo,
  type SignIn,
  safe,
  type TokenStore,
  type Tokens,
  type User,
} from "@keywright/client";

const client: KeywrightClient = createKeywrightClient({ url: "http://localhost:3000" });
export const store: TokenStore = { load: async () => null, save: async (refreshToken) => void refreshToken };
export const phone = createKeywrightClient({ url: "/trpc", fetch, headers: { a: "b" }, tokens: memoryTokens() });

export async function signIn(email: string, password: string): Promise<string> {
  const [answer, error] = await safe(client.auth.login.mutate({ email, password }));
  if (answer) return greetingOf(answer);
  const reason = error.data?.reason;
  switch (reason) {
    case undefined:
      return "no connection";
    case "INVALID_CREDENTIALS":
    case "EMAIL_NOT_VERIFIED":
    case "ACCOUNT_DISABLED":
      return error.message;
    case "RATE_LIMITED":
    case "UNAVAILABLE":
      return String(retryAfterOf(error) ?? error.data?.retryAfter);
    case "VALIDATION":
      return fieldErrorsOf(error).email?.[0]?.reason ?? "";
    case "FORBIDDEN":
    case "NOT_FOUND":
    case "SESSION_CHANGED":
    case "REFUSED_BY_APP":
    case "BATCH_NOT_ALLOWED":
    case "STREAM_NOT_ALLOWED":
    case "INTERNAL":
      return "ours";
  }
}

/** As an app stores it (C26). */
export async function failureOfSignIn(): Promise<FailureOf<typeof client.auth.login.mutate> | undefined> {
  const [, failure] = await safe(client.auth.login.mutate({ login: "ada", password: "b" }));
  return failure;
}

/** What is not there may be written as undefined, with `exactOptionalPropertyTypes` too (C25). */
export const perhaps = (isPhone: boolean): KeywrightClient =>
  createKeywrightClient({
    url: "/trpc",
    tokens: isPhone ? store : undefined,
    fetch: isPhone ? fetch : undefined,
    headers: isPhone ? { a: "b" } : undefined,
    proof: isPhone ? "solved" : undefined,
    transformer: undefined,
  });

function greetingOf({ user, session, tokens }: SignIn): string {
  const dates: (Date | undefined)[] = [user.createdAt, session.expiresAt, tokens?.accessExpiresAt];
  return user.firstName + dates.length;
}

export async function page(): Promise<[User, SessionInfo | undefined, Tokens | null, Reason | null]> {
  const [me, current] = await Promise.all([client.user.me.query(), client.auth.session.query()]);
  const answer = await client.registration.register.mutate({ email: "a@example.com", password: "correct horse" });
  if (answer.status === "verification_sent") return [me, current?.session, null, reasonOf(new Error("none"))];
  await client.auth.logout.mutate();
  return [answer.user, answer.session, answer.tokens, null];
}
