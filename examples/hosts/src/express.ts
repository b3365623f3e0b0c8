import { createNodeHandler, toNodeListener } from "@keywright/api";
import express from "express";
import { appRouter, port, startKeywright } from "./app.js";

const keywright = await startKeywright();
const app = express();

app.use("/trpc", createNodeHandler({ router: appRouter, endpoint: "/trpc", createContext: keywright.createContext }));
app.all("/oauth/:provider/callback", toNodeListener(keywright.oauthCallback));

const server = app.listen(port, "127.0.0.1", () => console.log(`ready at http://localhost:${port}`));
process.once("SIGTERM", () => server.close(() => void keywright.close()));
