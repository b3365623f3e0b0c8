import { createKeywrightClient, type KeywrightClient } from "@keywright/client";
import { KeywrightProvider, type KeywrightProviderProps } from "@keywright/client/react";
import { Window } from "happy-dom";
import { createElement, type ReactNode, StrictMode } from "react";
import type { Root } from "react-dom/client";
import { expect, vi } from "vitest";
import { publicUrl, type TestApp, type TestUser } from "./app.js";
import { createBrowser } from "./browser.js";

export type Page = Awaited<ReturnType<typeof createPage>>;

/** A browser page for React to render into. `close` removes it from this process again. */
export async function createPage() {
  const window = new Window({ url: publicUrl });
  vi.stubGlobal("window", window);
  vi.stubGlobal("document", window.document);
  vi.stubGlobal("navigator", window.navigator);
  // It looks for a page when it is loaded.
  const { createRoot, hydrateRoot } = await import("react-dom/client");
  const faults: unknown[] = [];
  const note = (error: unknown) => void faults.push(error);
  const options = { onRecoverableError: note, onUncaughtError: note };
  const text = () => window.document.body.textContent;
  let root: Root | null = null;

  function empty(html = "") {
    root?.unmount();
    root = null;
    window.document.body.innerHTML = `<main>${html}</main>`;
    return window.document.querySelector("main") ?? window.document.body;
  }

  return {
    faults,
    text,
    /** On a machine that is busy, too. */
    shows: (expected: string) => vi.waitFor(() => expect(text()).toBe(expected), { timeout: 10_000 }),
    render(app: ReactNode) {
      root ??= createRoot(empty(), options);
      root.render(app);
    },
    /** Takes over what a server has rendered. */
    hydrate(html: string, app: ReactNode) {
      root = hydrateRoot(empty(html), app, options);
    },
    leave: () => void empty(),
    click(name: string) {
      const button = [...window.document.querySelectorAll("button")].find(({ textContent }) => textContent === name);
      if (!button) throw new Error(`There is no button "${name}".`);
      button.click();
    },
    /** Returns from the back-forward cache, where the page was kept as it was left. */
    comeBack: () => window.dispatchEvent(Object.assign(new window.Event("pageshow"), { persisted: true })),
    async close() {
      empty();
      // React finishes what it has put off, and asks for the page once more.
      await new Promise(setImmediate);
      await window.happyDOM.close();
      vi.unstubAllGlobals();
    },
  };
}

/** Two tabs of one browser, and what they send. */
export function createVisit(app: TestApp) {
  const sent: string[] = [];
  const bodies: string[] = [];
  let gate: Promise<void> = Promise.resolve();
  let isConnected = true;
  const browser = createBrowser(async (request) => {
    sent.push(new URL(request.url).pathname.slice("/trpc/".length));
    bodies.push(await request.clone().text());
    await gate;
    if (!isConnected) throw new TypeError("fetch failed");
    return await app.handle(request, "127.0.0.1");
  });
  const tab = () => createKeywrightClient({ url: publicUrl, fetch: browser.fetch });
  return {
    fetch: browser.fetch,
    client: tab(),
    otherTab: tab(),
    /** In the same browser, and no tab of it hears of its sign-ins. */
    silent: createKeywrightClient({ url: `${publicUrl}/trpc/`, fetch: browser.fetch }),
    sent,
    bodies,
    disconnect() {
      isConnected = false;
    },
    /** Holds back what is sent from now on, until the returned function is called. */
    hold(): () => void {
      let letGo = () => {};
      gate = new Promise((resolve) => {
        letGo = resolve;
      });
      return () => letGo();
    },
  };
}

export async function signIn(client: KeywrightClient, { email, password }: TestUser): Promise<void> {
  await client.auth.login.mutate({ email, password });
}

/** An app with its provider, in React's strict mode. */
export function inApp(props: KeywrightProviderProps, ...children: ReactNode[]): ReactNode {
  return createElement(StrictMode, null, createElement(KeywrightProvider, props, ...children));
}
