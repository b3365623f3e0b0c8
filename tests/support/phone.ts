import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { type Hermes, startHermes } from "./hermes.js";

/** One request that an app made. */
export interface Exchange {
  method: string;
  /** As in the URL: `auth.sessions,user.me`. */
  procedures: string;
  headers: Record<string, string>;
  status: number;
  /** Whether the answer set a cookie. */
  isCookieSet: boolean;
}

/** The example in use. Everything awaited must happen within seconds. */
export interface NativeApp {
  press(title: string): Promise<unknown>;
  type(label: string, text: string): Promise<unknown>;
  /** Waits for a line with this text; returns all lines of the screen. */
  see(text: string): Promise<string[]>;
  /** As when the user returns from another app. */
  comeToFront(): Promise<unknown>;
  /** The type of each field of the user, as `user.me` returns it: `string`, `Date of 2026`. */
  fields(): Promise<Record<string, string>>;
}

const request = z.strictObject({
  method: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string().nullable(),
  withCredentials: z.literal(false),
});
const item = z.object({ key: z.string(), value: z.string() });
const digest = z.object({ algorithm: z.literal("SHA-256"), data: z.string(), encoding: z.enum(["hex", "base64"]) });
const visit = z.object({ url: z.string(), returnTo: z.string() });
const lines = z.array(z.string());
const kinds = z.record(z.string(), z.string());

/** What somebody does in the phone's browser: returns the app's address that it ends at, or null if they close it. */
export type Browse = (url: string, returnTo: string) => Promise<string | null>;

const closeIt: Browse = async () => null;

/** A phone with one app, which knows one server: it has a network, a keychain and a browser, but no screen to look at. */
export function createPhone(bundle: string, serverUrl: string, browse = closeIt) {
  const keychain = new Map<string, string>();
  const exchanges: Exchange[] = [];
  let running: Hermes | null = null;

  const natives = {
    http: async (input: unknown) => {
      const sent = request.parse(input);
      const { exchange, answer } = await send(sent, serverUrl);
      exchanges.push(exchange);
      return answer;
    },
    timer: (ms: unknown) => new Promise((resolve) => setTimeout(resolve, Number(ms))),
    log: (line: unknown) => console.log(line),
    "crypto.random": (count: unknown) => [...randomBytes(Number(count))],
    "crypto.digest": (input: unknown) => {
      const { data, encoding } = digest.parse(input);
      return createHash("sha256").update(data).digest(encoding);
    },
    "browser.open": (input: unknown) => {
      const { url, returnTo } = visit.parse(input);
      return browse(url, returnTo);
    },
    "keychain.get": (key: unknown) => keychain.get(String(key)),
    "keychain.set": (input: unknown) => {
      const { key, value } = item.parse(input);
      keychain.set(key, value);
    },
    "keychain.delete": (key: unknown) => keychain.delete(String(key)),
  };

  async function close(): Promise<void> {
    await running?.close();
    running = null;
  }

  /** Starts the app, after ending the one that was running. */
  async function open(): Promise<NativeApp> {
    await close();
    const variables = `var process = { env: { EXPO_PUBLIC_KEYWRIGHT_URL: ${JSON.stringify(serverUrl)} } };`;
    const hermes = startHermes(`${variables}\n${bundle}`, natives);
    running = hermes;
    await hermes.call("open");
    return {
      press: (title) => hermes.call("press", title),
      type: (label, text) => hermes.call("type", [label, text]),
      see: async (text) => lines.parse(await hermes.call("see", text)),
      comeToFront: () => hermes.call("comeToFront"),
      fields: async () => kinds.parse(await hermes.call("fields")),
    };
  }

  return { open, close, keychain, exchanges };
}

async function send({ method, url, headers, body }: z.output<typeof request>, serverUrl: string) {
  const { origin, pathname } = new URL(url);
  if (origin !== serverUrl) throw new Error(`This phone has no way to ${origin}.`);
  const response = await fetch(url, { method, headers, body });
  const { status } = response;
  const isCookieSet = response.headers.has("set-cookie");
  const exchange = { method, procedures: pathname.replace("/trpc/", ""), headers, status, isCookieSet };
  return { exchange, answer: { status, headers: Object.fromEntries(response.headers), body: await response.text() } };
}
