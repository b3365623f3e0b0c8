import { createFetchHandler } from "@keywright/api";
import { keywright } from "../../../lib/keywright";
import { appRouter } from "../../../lib/router";

const handle = createFetchHandler({
  router: appRouter,
  endpoint: "/trpc",
  createContext: keywright.createContext,
});

export const GET = (request: Request) => handle(request);
export const POST = (request: Request) => handle(request);
