import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = process.env.KEYWRIGHT_URL ?? "http://localhost:3000";

/** Pages and procedures have one origin, as they should have in production: the cookie needs no CORS. */
const proxy = { "/trpc": server, "/oauth": server };

export default defineConfig({
  plugins: [react()],
  server: { port: 5173, strictPort: true, proxy },
  preview: { port: 5173, strictPort: true, proxy },
});
