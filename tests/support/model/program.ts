import type { createKeywrightClient, TokenStore } from "@keywright/client";
import type { KeyValueStorage } from "@keywright/client/offline";
import type { ModelRouter } from "./app-router.js";
import type { ClientCode, Globals } from "./client-code.js";
import type { Run } from "./keychain.js";
import { createTable } from "./table.js";
import { createClock, type Time } from "./time.js";
import type { Heard, Message, Sender, Wire } from "./wire.js";

export type Client = ReturnType<typeof createKeywrightClient<ModelRouter>>;
export type State = ReturnType<Client["session"]["get"]>;

/** A call that somebody has made. */
export interface Made {
  id: string;
  name: string;
  program: Program;
  /** What the page showed when it was made. */
  shown: State;
  giveUp(): void;
  outcome: "open" | "answered" | "refused";
  answer: unknown;
}

export interface Surroundings {
  code: ClientCode;
  time: Time;
  wire: Wire;
  device: { clockOffMs: number };
  jar: { cookie: string | null };
  /** What a tab has as `BroadcastChannel`; a program on a phone has no page. */
  channel: (() => unknown) | null;
  /** Where a program without cookies keeps its token. */
  storeFor: ((run: Run) => TokenStore) | null;
  /** Where it keeps who was signed in, to show them before the server can be asked. */
  storage: KeyValueStorage | null;
}

export type Program = ReturnType<typeof createProgram>;

/** A tab with our client in it, or an app on a phone that has been started. */
export function createProgram(name: string, around: Surroundings) {
  const { time, wire, jar, channel, storeFor } = around;
  const clock = createClock(time, around.device);
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const window = new EventTarget();
  const reported: unknown[] = [];
  const listeners: { stop: () => void; heard: number; isFaulty: boolean }[] = [];
  const page = channel ? { document, window, BroadcastChannel: channel } : {};
  const globals: Globals = { ...clock.globals, ...page, reportError: (error: unknown) => reported.push(error) };
  const isVisible = () => document.visibilityState === "visible";
  const table = createTable(() => listeners.length > 0 && isVisible());
  const now = { call: "", isOver: false, isUnsaved: false };
  const sender: Sender = {
    jar,
    sent(message) {
      if (message.paths.includes("auth.session")) table.asked(message);
    },
    hears(message: Message, all: Heard[]) {
      for (const heard of all) table.heard(message, heard);
    },
  };
  const { createKeywrightClient, lastKnownUser } = around.code(globals);
  const client: Client = createKeywrightClient<ModelRouter>({
    url: "https://localhost:3000",
    fetch: (url, init) => wire.send(sender, url, init),
    headers: () => ({ "x-call": now.call }),
    ...(storeFor && { tokens: storeFor(now) }),
    ...(around.storage && { lastKnown: lastKnownUser(around.storage) }),
  });
  return {
    name,
    client,
    table,
    sender,
    clock,
    document,
    window,
    reported,
    isVisible,
    listeners,
    isUnsaved: () => now.isUnsaved,
    isWatched: () => listeners.length > 0,
    /** Makes a call; whoever makes it waits for its answer. */
    call<T>(id: string, make: (client: Client) => T): T {
      now.call = id;
      table.called(id);
      const made = make(client);
      now.call = "";
      return made;
    },
    watch(isFaulty: boolean) {
      const listener = { stop: () => {}, heard: 0, isFaulty };
      listeners.push(listener);
      listener.stop = client.session.subscribe(() => {
        listener.heard++;
        if (isFaulty) throw new Error("A listener's own fault.");
      });
    },
    unwatch: () => listeners.pop()?.stop(),
    end() {
      for (const { stop } of listeners) stop();
      now.isOver = true;
      clock.end();
      wire.forget(sender);
    },
  };
}
