import { createServer } from "node:http";
import { createNodeHandler, toNodeListener } from "@keywright/api";
import { appRouter, port, startKeywright } from "./app.js";

const keywright = await startKeywright();
const trpc = createNodeHandler({ router: appRouter, endpoint: "/trpc", createContext: keywright.createContext });
const callback = toNodeListener(keywright.oauthCallback);

const server = createServer((req, res) => {
  if (req.url?.startsWith("/trpc/")) return void trpc(req, res);
  if (req.url?.startsWith("/oauth/")) return void callback(req, res);
  return res.writeHead(404).end();
});
server.listen(port, "127.0.0.1", () => console.log(`ready at http://localhost:${port}`));
process.once("SIGTERM", () => server.close(() => void keywright.close()));
