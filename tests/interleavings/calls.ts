import { z } from "zod";
import type { TestApp, TestUser } from "../support/app.js";
import { origin } from "../support/raw.js";
import type { Answer } from "./outcome.js";
import type { Play } from "./ring.js";

/** The headers by which a device shows who it is. */
export type Device = Record<string, string>;

const body = z.object({
  result: z.object({ data: z.object({ json: z.unknown() }) }).optional(),
  error: z.object({ json: z.object({ data: z.object({ reason: z.string() }) }) }).optional(),
});

/** Calls a procedure as a device does. */
export async function call(app: TestApp, path: string, { input = {}, device = {} }: CallOptions): Promise<Answer> {
  const response = await app.post(path, input, { origin, ...device });
  const parsed = body.parse(await response.json());
  const reason = parsed.error?.json.data.reason ?? null;
  const cookies = response.headers.getSetCookie().filter((text) => text.includes("-session="));
  const isSet = cookies.some((text) => text.includes("=kws_"));
  const cookie = isSet ? "set" : cookies.length > 0 ? "cleared" : "none";
  return { reason, body: reason === null ? parsed.result?.data.json : null, cookie };
}

interface CallOptions {
  input?: object;
  device?: Device;
}

/** The same as a play. */
export function calling(path: string, options: CallOptions = {}): Play {
  return (app) => call(app, path, options);
}

export type Transport = "cookie" | "bearer";

const signedIn = z.object({
  session: z.object({ id: z.string() }),
  tokens: z.object({ accessToken: z.string(), refreshToken: z.string() }).nullable(),
});

export interface SignedInDevice {
  device: Device;
  sessionId: string;
  refreshToken: string;
}

/** Signs in and keeps what a device keeps. */
export async function signInBy(app: TestApp, transport: Transport, user: TestUser): Promise<SignedInDevice> {
  const headers = transport === "bearer" ? { "keywright-transport": "bearer" } : {};
  const input = user.email === "" ? { username: user.username } : { email: user.email };
  return await startedBy(app, "auth.login", { input: { ...input, password: user.password }, device: headers });
}

/** What a device keeps of any call that signs it in. */
export async function startedBy(app: TestApp, path: string, { input = {}, device = {} }: CallOptions) {
  const response = await app.post(path, input, { origin, ...device });
  const { session, tokens } = signedIn.parse(body.parse(await response.json()).result?.data.json);
  const cookie = response.headers.getSetCookie().find((text) => text.includes("session=kws_")) ?? "";
  return {
    device: tokens
      ? { authorization: `Bearer ${tokens.accessToken}`, "keywright-transport": "bearer" }
      : { cookie: cookie.split(";")[0] ?? "" },
    sessionId: session.id,
    refreshToken: tokens?.refreshToken ?? "",
  };
}
