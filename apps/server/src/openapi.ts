import { readFile } from "node:fs/promises";
import { type OpenApiOptions, openApiDocument } from "@keywright/api";
import type { AnyTRPCRouter } from "@trpc/server";
import { Hono } from "hono";
import { z } from "zod";
import type { App } from "./in-process.js";

const headers = {
  "content-type": "application/json",
  "cache-control": "public, max-age=300",
  // Tools that render or try an API run on pages of their own. The document reveals nothing that a call would not, and
  // is the same for everybody; the calls themselves stay closed to other origins.
  "access-control-allow-origin": "*",
};

type Served = Pick<OpenApiOptions, "serverUrl" | "cookieName">;

/** An OpenAPI 3.1 document of everything served under `/trpc`. Built at the first request, then cached. */
export function openApiRoutes(router: AnyTRPCRouter, server: Served): Hono<App> {
  const routes = new Hono<App>();
  let text: Promise<string> | null = null;
  routes.get("/openapi.json", async (c) => {
    text ??= write(router, server).catch((error) => {
      text = null; // failures are not cached
      throw error;
    });
    return c.body(await text, 200, headers);
  });
  return routes;
}

async function write(router: AnyTRPCRouter, server: Served): Promise<string> {
  const manifest = await readFile(new URL("../package.json", import.meta.url), "utf8");
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(manifest));
  return JSON.stringify(await openApiDocument(router, { title: "Keywright", version, ...server }));
}
