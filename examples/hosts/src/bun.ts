import { createFetchHandler } from "@keywright/api";
import { appRouter, port, startKeywright } from "./app.js";

const keywright = await startKeywright();
const handle = createFetchHandler({
  router: appRouter,
  endpoint: "/trpc",
  createContext: keywright.createContext,
});

interface BunServer {
  requestIP(request: Request): { address: string } | null;
  stop(): Promise<void>;
}

/** The part of `@types/bun` that is used. */
declare const Bun: {
  serve(options: {
    port: number;
    hostname: string;
    fetch(request: Request, server: BunServer): Promise<Response> | Response;
  }): BunServer;
};

const server = Bun.serve({
  port,
  hostname: "127.0.0.1",
  fetch(request, server) {
    const ip = server.requestIP(request)?.address;
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/trpc/")) return handle(request, ip);
    if (pathname.startsWith("/oauth/")) return keywright.oauthCallback(request, ip);
    return new Response(null, { status: 404 });
  },
});
console.log(`ready at http://localhost:${port}`);
process.once("SIGTERM", () => void server.stop().then(() => keywright.close()));
