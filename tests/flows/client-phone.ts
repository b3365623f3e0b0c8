import { createKeywrightClient, type KeywrightClient, type LastKnown, type TokenStore } from "@keywright/client";
import { publicUrl, type TestApp, type TestUser } from "../support/app.js";
import { createBrowser } from "../support/browser.js";

type Intercept = (path: string, answer: () => Promise<Response>) => Promise<Response>;

interface PhoneOptions {
  store?: NotedStore;
  lastKnown?: LastKnown;
}

/** A bearer client whose requests and stored tokens can be looked at, and whose network can be cut. */
export function createPhone(app: TestApp, { store = notedStore(), lastKnown }: PhoneOptions = {}) {
  const requests: { path: string; method: string; body: string; headers: Headers }[] = [];
  const network: { intercept: Intercept } = { intercept: (_path, answer) => answer() };
  const { fetch } = createBrowser(async (request) => {
    const path = new URL(request.url).pathname.replace("/trpc/", "");
    requests.push({ path, method: request.method, body: await request.clone().text(), headers: request.headers });
    return network.intercept(path, () => app.handle(request, "127.0.0.1"));
  });
  return {
    client: createKeywrightClient({ url: publicUrl, fetch, tokens: store, lastKnown }),
    store,
    network,
    requests,
    /** The paths of the requests since the last look, one string for each request. */
    sent: () => requests.splice(0).map(({ path }) => path),
  };
}

export const signIn = ({ client }: { client: KeywrightClient }, { email, password }: TestUser) =>
  client.auth.login.mutate({ email, password });

export type NotedStore = TokenStore & { saved: (string | null)[] };

/** A slow store, as the secure ones of phones are. */
export function notedStore(): NotedStore {
  const saved: (string | null)[] = [];
  return {
    saved,
    load: () => new Promise((resolve) => setTimeout(() => resolve(saved.at(-1) ?? null), 5)),
    save: (refreshToken) =>
      new Promise((resolve) => {
        setTimeout(() => {
          saved.push(refreshToken);
          resolve();
        }, 5);
      }),
  };
}

/** What a phone in a tunnel sees. */
export function noNetwork(): Promise<Response> {
  return Promise.reject(new TypeError("fetch failed"));
}

/** Something to wait for, until it is opened. */
export function latch() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
