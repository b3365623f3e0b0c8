interface Entry {
  /** As in the exports of the package. */
  path: string;
  /** The page of `front-end/` that uses it. */
  page: string;
  /** What its declarations may import: everybody who imports the entry needs it too. */
  typesFrom: RegExp | null;
  /** What its code may load, besides neighbours. */
  codeFrom: RegExp | null;
}

const trpc = /^@trpc\/(?:client|server)(?:\/|$)/;
const trpcAndWire = /^(?:@trpc\/(?:client|server)(?:\/|$)|superjson$)/;

/** Every door of the published client. */
export const entries: readonly Entry[] = [
  { path: ".", page: "flat", typesFrom: null, codeFrom: trpcAndWire },
  { path: "./router", page: "router", typesFrom: trpc, codeFrom: trpcAndWire },
  { path: "./react", page: "react", typesFrom: /^react$/, codeFrom: /^react$/ },
  { path: "./native", page: "native", typesFrom: null, codeFrom: trpcAndWire },
  { path: "./social", page: "social", typesFrom: null, codeFrom: null },
  { path: "./offline", page: "offline", typesFrom: null, codeFrom: trpcAndWire },
  { path: "./messages", page: "messages", typesFrom: null, codeFrom: null },
];
