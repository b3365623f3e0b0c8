// Keywright's server, bundled as the program of `npm start` is: unbundled, it would be measured with 15 MB more.
import { defineConfig } from "rolldown";
import program from "../apps/server/rolldown.config.mjs";

export default defineConfig({
  ...program,
  input: "src/servers/keywright.ts",
  output: { ...program.output, dir: "dist/servers" },
});
