import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { gzipSync } from "node:zlib";
import { createNodeHandler, transportLimits } from "@keywright/api";
import { createExpressMiddleware } from "@trpc/server/adapters/express";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import express from "express";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { addressOf } from "../support/loopback.js";
import { appRouter } from "../support/router.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const bodyOf = (length: number) => JSON.stringify({ json: { token: "x".repeat(length) } });

/** The status of a call to a server that is closed afterwards. */
async function statusAt(
  listener: RequestListener,
  body: NonNullable<RequestInit["body"]>,
  headers: Record<string, string> = {},
) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const url = `${addressOf(server)}/auth.verifyToken`;
  const all = { "content-type": "application/json", ...headers };
  return (await fetch(url, { method: "POST", headers: all, body, duplex: "half" })).status;
}

/** Sent in pieces, so that no length is announced. */
const inPieces = (text: string) => new Blob([text]).stream();

const middleware = {
  createNodeHandler: () =>
    createNodeHandler({ router: appRouter, endpoint: "/", createContext: app.keywright.createContext }),
  "tRPC's own": () => createExpressMiddleware({ router: appRouter, createContext: app.keywright.createContext }),
};

describe.each(Object.entries(middleware))("H2: a body that Express has read before %s", (_name, create) => {
  const served = () => {
    const host = express();
    host.use(express.json({ limit: "10mb" }));
    host.use(create());
    return host;
  };

  test("is refused for its length, also if none was announced or if it was packed", async () => {
    expect(await statusAt(served(), bodyOf(300_000))).toBe(413);
    expect(await statusAt(served(), inPieces(bodyOf(300_000)))).toBe(413);
    const packed = new Uint8Array(gzipSync(bodyOf(300_000)));
    expect(packed.length).toBeLessThan(1_000);
    expect(await statusAt(served(), packed, { "content-encoding": "gzip" })).toBe(413);
  });

  test("is served if it fits", async () => {
    expect(await statusAt(served(), bodyOf(10_000))).toBe(400);
    expect(await statusAt(served(), inPieces(bodyOf(10_000)))).toBe(400);
    const packed = new Uint8Array(gzipSync(bodyOf(10_000)));
    expect(await statusAt(served(), packed, { "content-encoding": "gzip" })).toBe(400);
  });
});

describe("H2: a body of unknown length", () => {
  const handler = (limits: object) =>
    createHTTPHandler({ ...limits, router: appRouter, createContext: app.keywright.createContext });

  test("is refused by an adapter that would not count it, and counted by one that was given the limits", async () => {
    expect(await statusAt(handler({}), inPieces(bodyOf(10)))).toBe(413);
    expect(await statusAt(handler({ maxBodySize: 1_000_000 }), inPieces(bodyOf(10)))).toBe(413);
    expect(await statusAt(handler(transportLimits), inPieces(bodyOf(10)))).toBe(400);
    expect(await statusAt(handler(transportLimits), inPieces(bodyOf(300_000)))).toBe(413);
  });

  test("is counted by our own", async () => {
    const handler = createNodeHandler({ router: appRouter, endpoint: "", createContext: app.keywright.createContext });
    expect(await statusAt(handler, inPieces(bodyOf(10)))).toBe(400);
    expect(await statusAt(handler, inPieces(bodyOf(300_000)))).toBe(413);
  });

  test("is counted on every host with Fetch", async () => {
    const { createContext } = app.keywright;
    const call = (length: number) => {
      const init = { method: "POST", body: inPieces(bodyOf(length)), duplex: "half" } as const;
      const headers = { "content-type": "application/json" };
      const req = new Request(`${publicUrl}/auth.verifyToken`, { ...init, headers });
      return fetchRequestHandler({ req, endpoint: "/", router: appRouter, createContext });
    };
    expect((await call(10_000)).status).toBe(400);
    expect((await call(300_000)).status).toBe(413);
  });
});

test("H2: a call without a body is served, on every host", async () => {
  const listener = createHTTPHandler({ router: appRouter, createContext: app.keywright.createContext });
  expect(await statusAt(listener, "")).toBe(400);
});
