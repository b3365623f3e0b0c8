import { publicUrl, type TestApp, type TestUser } from "./app.js";

export const origin = publicUrl;

/** The session cookie of a new sign-in, as a browser sends it. */
export async function cookieOf(app: TestApp, { email, password }: TestUser): Promise<string> {
  const response = await app.post("auth.login", { email, password });
  const cookie = response.headers.getSetCookie().find((text) => text.startsWith("__Host-keywright-session="));
  if (!cookie) throw new Error("The sign-in set no session cookie.");
  return cookie.split(";")[0] ?? "";
}

/** The reasons in the answers to one call sent twice in one request, which no client of ours does. */
export async function reasonsInBatch(
  app: TestApp,
  { path, input }: { path: string; input: unknown },
  headers: Record<string, string> = {},
): Promise<unknown[]> {
  const body = JSON.stringify({ 0: { json: input }, 1: { json: input } });
  const all = { "content-type": "application/json", origin, ...headers };
  const request = new Request(`${origin}/trpc/${path},${path}?batch=1`, { method: "POST", headers: all, body });
  const answers: unknown = await (await app.handle(request, "127.0.0.1")).json();
  return Array.isArray(answers) ? answers.map((answer) => answer?.error?.json?.data?.reason ?? null) : [answers];
}
