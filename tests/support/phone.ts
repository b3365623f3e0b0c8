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
  /** Whether the phone was to send and keep cookies. */
  withCredentials: boolean;
}

/** Lets a request through, by `send`, or not. */
export type Carry = (procedures: string, send: () => Promise<Answer>) => Promise<Answer>;
interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
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
  withCredentials: z.boolean(),
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
  const timers = createTimers();
  /** For a test to get in the way. */
  const device: { carry: Carry; readKeychain(key: string): unknown } = {
    carry: (_procedures, send) => send(),
    readKeychain: (key) => keychain.get(key),
  };
  let running: Hermes | null = null;

  const natives = {
    http: (input: unknown) => {
      const sent = request.parse(input);
      return device.carry(proceduresIn(sent.url), async () => {
        const { exchange, answer } = await send(sent, serverUrl);
        exchanges.push(exchange);
        return answer;
      });
    },
    timer: (ms: unknown) => timers.wait(Number(ms)),
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
    "keychain.get": (key: unknown) => device.readKeychain(String(key)),
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

  /** Starts the machine, after ending the one that was running. */
  async function start(): Promise<Hermes> {
    await close();
    const variables = `var process = { env: { EXPO_PUBLIC_KEYWRIGHT_URL: ${JSON.stringify(serverUrl)} } };`;
    running = startHermes(`${variables}\n${bundle}`, natives);
    return running;
  }

  /** Starts the app. */
  async function open(): Promise<NativeApp> {
    const hermes = await start();
    await hermes.call("open");
    return {
      press: (title) => hermes.call("press", title),
      type: (label, text) => hermes.call("type", [label, text]),
      see: async (text) => lines.parse(await hermes.call("see", text)),
      comeToFront: () => hermes.call("comeToFront"),
      fields: async () => kinds.parse(await hermes.call("fields")),
    };
  }

  return { open, start, close, keychain, exchanges, device, /** As if so long had passed. */ passTime: timers.pass };
}

/** The app's timers. Time passes by itself, or when it is told to. */
function createTimers() {
  const waiting = new Map<() => void, number>();
  let aheadMs = 0;
  const now = () => performance.now() + aheadMs;

  return {
    wait(ms: number): Promise<void> {
      return new Promise((resolve) => {
        waiting.set(resolve, now() + ms);
        setTimeout(resolve, ms).unref();
      });
    },
    pass(ms: number): void {
      aheadMs += ms;
      for (const [resolve, dueMs] of waiting) if (dueMs <= now()) resolve();
    },
  };
}

function proceduresIn(url: string): string {
  return new URL(url).pathname.replace("/trpc/", "");
}

async function send(sent: z.output<typeof request>, serverUrl: string) {
  const { method, url, headers, body, withCredentials } = sent;
  const { origin } = new URL(url);
  if (origin !== serverUrl) throw new Error(`This phone has no way to ${origin}.`);
  const response = await fetch(url, { method, headers, body });
  const { status } = response;
  const isCookieSet = response.headers.has("set-cookie");
  const exchange = { method, procedures: proceduresIn(url), headers, status, isCookieSet, withCredentials };
  return { exchange, answer: { status, headers: Object.fromEntries(response.headers), body: await response.text() } };
}
