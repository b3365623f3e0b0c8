interface Entry {
  /** As in the exports of the package. */
  path: string;
  /** The page of `front-end/` that uses it. */
  page: string;
  /** What its declarations may import: everybody who imports the entry needs it too. */
  typesFrom: RegExp | null;
}

/** Every door of the published client. */
export const entries: readonly Entry[] = [
  { path: ".", page: "flat", typesFrom: null },
  { path: "./router", page: "router", typesFrom: /^@trpc\/(?:client|server)(?:\/|$)/ },
  { path: "./react", page: "react", typesFrom: /^react$/ },
  { path: "./native", page: "native", typesFrom: null },
  { path: "./messages", page: "messages", typesFrom: null },
];
