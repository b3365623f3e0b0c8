import { svelte } from "@sveltejs/vite-plugin-svelte";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";
import solid from "vite-plugin-solid";

const server = process.env.KEYWRIGHT_URL ?? "http://localhost:3000";
const proxy = { "/trpc": server };

export default defineConfig({
  appType: "mpa",
  plugins: [vue(), svelte({ configFile: false }), solid()],
  build: { rolldownOptions: { input: ["index.html", "vue.html", "svelte.html", "solid.html"] } },
  server: { port: 5174, strictPort: true, proxy },
  preview: { port: 5174, strictPort: true, proxy },
});
