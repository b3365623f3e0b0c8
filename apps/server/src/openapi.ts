import { readFile } from "node:fs/promises";
import { openApiDocument } from "@keywright/api";
import type { AnyTRPCRouter } from "@trpc/server";
import { Hono } from "hono";
import { z } from "zod";
import type { App } from "./in-process.js";

const headers = {
  "content-type": "application/json",
  "cache-control": "public, max-age=300",
  // Tools that draw or try an API run on pages of their own. It says nothing that a call would not tell, and the same
  // to everybody; the calls themselves stay closed to other origins.
  "access-control-allow-origin": "*",
};

/** What is served under `/trpc`, in OpenAPI 3.1. Written when it is first asked for, and kept. */
export function openApiRoutes(router: AnyTRPCRouter, serverUrl: string): Hono<App> {
  const routes = new Hono<App>();
  let text: Promise<string> | null = null;
  routes.get("/openapi.json", async (c) => {
    text ??= write(router, serverUrl).catch((error) => {
      text = null; // what failed is not kept
      throw error;
    });
    return c.body(await text, 200, headers);
  });
  return routes;
}

async function write(router: AnyTRPCRouter, serverUrl: string): Promise<string> {
  const manifest = await readFile(new URL("../package.json", import.meta.url), "utf8");
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(manifest));
  return JSON.stringify(await openApiDocument(router, { title: "Keywright", version, serverUrl }));
}
