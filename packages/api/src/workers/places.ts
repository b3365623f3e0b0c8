import type { ClaimedEntry } from "@keywright/db";

/** The mails that a worker is delivering at the moment. */
export interface Places {
  /** Holds a place for the mail until `work` has ended. */
  add(entry: ClaimedEntry, work: Promise<unknown>): void;
  entries(): ClaimedEntry[];
  count(): number;
  room(most: { ofDomain: number; ofRetries: number }): Room;
  /** Resolves when all that are there now have ended. */
  ended(): Promise<void>;
}

/** How many more there may be: a slow domain, or mails that failed before, leave places to the others. */
export interface Room {
  /** The domains that have all that they may. */
  busy: string[];
  /** What any other may have more. */
  perDomain: number;
  /** What mails that were tried before may have more. */
  forRetries: number;
}

export function createPlaces(onFree: () => void): Places {
  const taken = new Map<ClaimedEntry, Promise<unknown>>();
  const entries = () => [...taken.keys()];
  return {
    add(entry, work) {
      const free = () => {
        taken.delete(entry);
        onFree();
      };
      taken.set(entry, work.then(free, free));
    },
    entries,
    count: () => taken.size,
    room({ ofDomain, ofRetries }) {
      const counts = new Map<string, number>();
      for (const domain of entries().map(domainOf)) counts.set(domain, (counts.get(domain) ?? 0) + 1);
      const rooms = [...counts].map(([domain, count]) => ({ domain, room: ofDomain - count }));
      const busy = rooms.filter(({ room }) => room <= 0).map(({ domain }) => domain);
      const perDomain = Math.min(ofDomain, ...rooms.map(({ room }) => room).filter((room) => room > 0));
      return { busy, perDomain, forRetries: Math.max(0, ofRetries - entries().filter(isRetry).length) };
    },
    async ended() {
      await Promise.all(taken.values());
    },
  };
}

function isRetry({ failures, lastError }: ClaimedEntry): boolean {
  return failures > 0 || lastError !== null;
}

/** As the database takes it from the address. */
function domainOf({ address }: ClaimedEntry): string {
  return address?.toLowerCase().split("@")[1] ?? "";
}
