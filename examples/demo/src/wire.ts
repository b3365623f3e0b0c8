import type { KeywrightClientOptions } from "@keywright/client";

type Fetch = NonNullable<KeywrightClientOptions["fetch"]>;

/** A `fetch` that records which procedures were called, request by request. */
export function createWire(): { fetch: Fetch; take(): string[] } {
  let requests: string[] = [];
  return {
    fetch(input, init) {
      requests.push(new URL(String(input)).pathname.replace("/trpc/", ""));
      return fetch(String(input), { ...init, signal: init?.signal ?? null });
    },
    take() {
      const taken = requests;
      requests = [];
      return taken;
    },
  };
}
