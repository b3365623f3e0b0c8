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
  /** Calls back until the returned function is called. */
  watch(events: PageEvents): () => void;
  /** Tells all the others. */
  announce(): void;
}

type Channel = InstanceType<typeof BroadcastChannel>;
interface Page extends EventTarget {
  visibilityState: string;
}
// Browsers have them; React Native and servers do not, or only in part.
declare const document: Page | undefined;
declare const window: EventTarget | undefined;

export function createTabs(name: string): Tabs {
  // A channel hears every other one of its name, those of its own page too: hence the same for both.
  let channel: Channel | null = null;
  return {
    watch(events) {
      if (typeof document === "undefined" || typeof window === "undefined") return () => {};
      channel = openChannel(name);
      const stop = listenTo([...eventsOf(document, window, events), [channel, "message", events.onChanged]]);
      return () => {
        stop();
        channel?.close();
        channel = null;
      };
    },
    announce() {
      if (typeof document === "undefined") return;
      const passing = channel ? null : openChannel(name);
      (channel ?? passing)?.postMessage("changed");
      passing?.close();
    },
  };
}

type Heard = [EventTarget | null, string, (event: Event) => void];

function eventsOf(page: Page, window: EventTarget, { onFront, onRestored }: PageEvents): Heard[] {
  const onVisible = () => page.visibilityState === "visible" && onFront();
  const onShow = (event: Event) => "persisted" in event && event.persisted && onRestored();
  return [
    [page, "visibilitychange", onVisible],
    [window, "focus", onFront],
    [window, "online", onFront],
    [window, "pageshow", onShow],
  ];
}

function listenTo(heard: Heard[]): () => void {
  for (const [target, event, listener] of heard) target?.addEventListener(event, listener);
  return () => {
    for (const [target, event, listener] of heard) target?.removeEventListener(event, listener);
  };
}

function openChannel(name: string): Channel | null {
  return typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(`keywright:${name}`);
}
