/** At a time, for full load. */
export const connections = 50;

/** The share of the callers that one connection has. If there are fewer than connections, some have the same. */
export function callersOf<Caller>(all: readonly Caller[], connection: number): Caller[] {
  return all.filter((_, caller) => caller % connections === connection % all.length);
}
