import { createServer } from "node:http";
import { toNodeListener } from "@keywright/api";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { appRouter, port, startKeywright } from "./app.js";

const keywright = await startKeywright();
const trpc = createHTTPHandler({ router: appRouter, basePath: "/trpc/", createContext: keywright.createContext });
const callback = toNodeListener(keywright.oauthCallback);

const server = createServer((req, res) => {
  if (req.url?.startsWith("/trpc/")) return trpc(req, res);
  if (req.url?.startsWith("/oauth/")) return void callback(req, res);
  return res.writeHead(404).end();
});
server.listen(port, "127.0.0.1", () => console.log(`ready at http://localhost:${port}`));
process.once("SIGTERM", () => server.close(() => void keywright.close()));
