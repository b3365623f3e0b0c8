/** What a page tells its session store, where there is a page: on a server and on a phone nothing ever happens here. */
export interface PageEvents {
  /** It came to the front, or the network came back. */
  onFront(): void;
  /** Another tab has signed somebody in or out. */
  onChanged(): void;
  /** It was left and has come back as it was, without being loaded. */
  onRestored(): void;
}

/** The tabs of one origin: what they tell each other is only that there is something to ask the server for. */
export interface Tabs {
  /** Calls back until `leave`. */
  watch(events: PageEvents): void;
  leave(): void;
  /** Tells all the others. */
  announce(): void;
}

type Channel = InstanceType<typeof BroadcastChannel>;
interface Page extends EventTarget {
  visibilityState: string;
}
// Browsers have them; React Native and servers do not, or only in part.
declare const document: Page;
declare const window: EventTarget;
declare const reportError: ((error: unknown) => void) | undefined;

/** Whether this runs in a browser: neither on a server, where visitors come together, nor on a phone. */
export function isPage(): boolean {
  return typeof document !== "undefined";
}

/** Where it can be told. */
export function isHidden(): boolean {
  return isPage() && document.visibilityState === "hidden";
}

/** As an event's listener that throws: the page's handlers and the console hear of it, and nobody else. */
export function tellFault(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else
    setTimeout(() => {
      throw error;
    });
}

export function createTabs(name: string): Tabs {
  // A channel hears every other one of its name, those of its own page too: hence the same for both.
  let channel: Channel | null = null;
  let stop = () => {};
  return {
    watch(events) {
      if (!isPage() || typeof window === "undefined") return;
      channel = openChannel(name);
      stop = listenTo(events);
      channel?.addEventListener("message", events.onChanged);
    },
    leave() {
      stop();
      channel?.close();
      channel = null;
    },
    announce() {
      if (!isPage()) return;
      const passing = channel ?? openChannel(name);
      passing?.postMessage("changed");
      if (!channel) passing?.close();
    },
  };
}

function listenTo({ onFront, onRestored }: PageEvents): () => void {
  const stopper = new AbortController();
  const { signal } = stopper;
  document.addEventListener("visibilitychange", () => isHidden() || onFront(), { signal });
  window.addEventListener("focus", onFront, { signal });
  window.addEventListener("online", onFront, { signal });
  const onShow = (event: Event) => "persisted" in event && event.persisted && onRestored();
  window.addEventListener("pageshow", onShow, { signal });
  return () => stopper.abort();
}

function openChannel(name: string): Channel | null {
  try {
    return new BroadcastChannel(`keywright:${name}`);
  } catch {
    // There is none, or the visitor has forbidden the page to keep anything: each tab is by itself then.
    return null;
  }
}
