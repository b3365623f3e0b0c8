import { randomBytes } from "node:crypto";
import { createKeywright, createMailbox, transportLimits } from "@keywright/api";
import { createHTTPServer } from "@trpc/server/adapters/standalone";
import { createPosts } from "./posts.js";
import { appRouter } from "./router.js";

const port = Number(process.argv[2] ?? 3001);
const url = `http://localhost:${port}`;
const posts = createPosts();
const keywright = await createKeywright({
  secret: randomBytes(48).toString("base64"),
  publicUrl: url,
  database: "pglite::memory:",
  mailer: createMailbox(".keywright/mailbox"),
});

const server = createHTTPServer({
  ...transportLimits,
  router: appRouter,
  basePath: "/trpc/",
  createContext: async (input) => ({ ...(await keywright.createContext(input)), posts }),
});
server.listen(port, "127.0.0.1", () => console.log(`The merged app is ready at ${url}`));
process.once("SIGTERM", () => {
  server.close();
  void keywright.close();
});
