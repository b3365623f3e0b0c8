// The program in one file and a few parts, over what the compiler wrote for it: it starts in half the time that loading
// 650 modules takes, and in 14 MB less.
import { defineConfig } from "rolldown";

export default defineConfig({
  input: "src/main.ts",
  platform: "node",
  // These find native code, WebAssembly and workers beside their own code.
  external: ["@node-rs/bcrypt", "@electric-sql/pglite", "pino"],
  logLevel: "warn",
  output: {
    dir: "dist",
    // By their contents, so that a server that runs finds its own when another is built beside it.
    chunkFileNames: "part-[name]-[hash].js",
    sourcemap: true,
    comments: { legal: true, annotation: false, jsdoc: false },
  },
});
