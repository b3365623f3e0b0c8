import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Pages and procedures have one origin, as they should have in production: the cookie needs no CORS. */
const proxy = { "/trpc": process.env.KEYWRIGHT_URL ?? "http://localhost:3000" };

export default defineConfig({
  plugins: [react()],
  server: { port: 5173, strictPort: true, proxy },
  preview: { port: 5173, strictPort: true, proxy },
});
