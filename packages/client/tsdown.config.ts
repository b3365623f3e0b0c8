import { defineConfig } from "tsdown";

// npm packs files in the order of their names, and "root" beside "router": what the two have in common is packed once.
const root = { root: "src/index.ts" };
const entry = {
  ...root,
  native: "src/native.ts",
  react: "src/react.ts",
  router: "src/router.ts",
  social: "src/social.ts",
  messages: "src/messages.ts",
  offline: "src/offline.ts",
};
const common = { platform: "neutral", target: "es2022", hash: false, clean: false } as const;
// What entries share, in two files: each more costs a header and its exports. Only `core` needs other packages.
const groups = [
  { name: "base", test: /src.(calls|errors|session-state|shape|social-return)\.ts$/ },
  { name: "core", test: /src.(caller|core|page|patience|questions|session-store)\.ts$/ },
];
const code = {
  ...common,
  entry,
  dts: false,
  inputOptions: { experimental: { attachDebugInfo: "none" } },
  // Comments are with the declarations.
  outputOptions: { comments: false, codeSplitting: { groups } },
} as const;
const declarations = { ...common, format: "esm", dts: { emitDtsOnly: true } } as const;

/** Keeps the words about procedures, and saves the others: whoever wants them all has the main entry. */
const fewComments = {
  name: "few-comments",
  transform: {
    order: "pre",
    filter: { id: /(?<!contract.procedures)\.d\.ts$/ },
    handler: (code: string) => code.replaceAll(/\/\*\*[\s\S]*?\*\//g, ""),
  },
} as const;

export default defineConfig([
  { ...code, format: "esm" },
  { ...declarations, entry: root },
  // What the main entry declares is theirs as well, and tRPC's types reach nobody who does not ask for them.
  {
    ...declarations,
    entry: Object.values(entry).filter((file) => !/\/(?:index|router)\.ts$/.test(file)),
    external: /\/index\.js$/,
  },
  { ...declarations, entry: "src/router.ts", plugins: [fewComments] },
]);
