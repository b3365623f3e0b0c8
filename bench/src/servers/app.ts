import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import {
  createKeywright,
  createNodeHandler,
  errorFormatter,
  type KeywrightContext,
  mountAuth,
  transformer,
  userProcedure,
} from "@keywright/api";
import { initTRPC } from "@trpc/server";
import { portOf, serveParent } from "../program.js";

// An app with Keywright in its own server, and one procedure of its own, which answers what `user.me` does.
const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
const router = t.router({
  ...mountAuth(t),
  desk: t.router({ owner: t.procedure.concat(userProcedure).query(({ ctx }) => ctx.user) }),
});

const keywright = await createKeywright({
  secret: randomBytes(32).toString("base64"),
  publicUrl: "http://127.0.0.1:3000",
  database: process.argv[2] ?? "",
  mailer: { send: async () => {}, close: async () => {} },
});
const server = createServer(createNodeHandler({ router, endpoint: "/trpc", createContext: keywright.createContext }));
server.listen(0, "127.0.0.1", () => serveParent(portOf(server)));
