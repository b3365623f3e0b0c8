import { randomBytes } from "node:crypto";
import { createKeywright } from "@keywright/api";
import { listen } from "@keywright/server/dist/listener.js";
import { createRequestListener } from "@keywright/server/dist/request-listener.js";
import { serveParent } from "../program.js";

// What `npm start` serves, assembled here because that one keeps its limits: 120 sign-ins a minute are soon used up.
const unlimited = 1_000_000;
const publicUrl = "http://127.0.0.1:3000";
const listener = await listen({ host: "127.0.0.1", port: 0 });
const keywright = await createKeywright({
  // As generated ones are: a phrase would be stretched at the start, which takes memory.
  secret: process.env.KEYWRIGHT_SECRET ?? randomBytes(32).toString("base64"),
  publicUrl,
  database: process.argv[2] ?? "",
  mailer: { send: async () => {}, close: async () => {} },
  tokens: { accessMinutes: 60 },
  password: { bcryptCost: Number(process.env.KEYWRIGHT_BCRYPT_COST ?? 12) },
  limits: {
    passwordTriesPerAccount: unlimited,
    signInsPerIpPerMinute: unlimited,
    registrationsPerIpPerMinute: unlimited,
    tokenCallsPerIpPerMinute: unlimited,
  },
});
const options = {
  keywright,
  config: { corsHeaders: [], clientAddressHeader: null, trustedProxyHops: 0 },
  requestLog: null,
  publicUrl,
  mailbox: null,
  developmentSignIn: null,
  isDraining: () => false,
};
listener.serve(createRequestListener(options));
serveParent(listener.port);
