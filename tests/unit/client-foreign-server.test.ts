import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createKeywrightClient } from "@keywright/client";
import { createRouterClient } from "@keywright/client/router";
import { afterEach, describe, expect, test } from "vitest";

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A server of another kind, which answers everything in one way. */
async function answering(status: number, type: string, body: string): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status, { "content-type": type }).end(body));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(() => server.close());
  return `http://127.0.0.1:${portOf(server.address())}`;
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === "object" && address ? address.port : 0;
}

describe("an address at which there is no Keywright", () => {
  const html = "<!doctype html><title>Welcome to nginx!</title>";
  test.each([
    ["a page", 200, "text/html", html],
    ["a proxy's page of 502", 502, "text/html", html],
    ["an empty object", 200, "application/json", "{}"],
    ["an empty answer", 200, "text/plain", ""],
    ["a server without superjson", 200, "application/json", '{"result":{"data":{"user":{}}}}'],
  ])("and that answers %s is told as such, and nobody is signed out by it (C20)", async (_what, status, type, body) => {
    const url = await answering(status, type, body);
    const client = createKeywrightClient({ url });
    const sentence = new RegExp(
      `^No Keywright server at ${url}/trpc/auth.session \\(${status}\\), or this client needs the server's \`transformer\`\\.$`,
    );
    await expect(client.session.refresh()).rejects.toThrow(sentence);
    expect(client.session.get()).toMatchObject({
      status: "loading",
      error: { message: expect.stringMatching(sentence) },
    });
    const inTrpcsTypes = createRouterClient({ url });
    await expect(inTrpcsTypes.auth.session.query()).rejects.toThrow(sentence);
  });

  test("and that answers with something else of its own is no sign that nobody is signed in (C20)", async () => {
    const url = await answering(200, "application/json", '{"result":{"data":{"json":{"ok":true}}}}');
    const { session } = createKeywrightClient({ url });
    await expect(session.refresh()).rejects.toThrow("No Keywright server: it does not say who is signed in.");
    expect(session.get().status).toBe("loading");
  });
});
