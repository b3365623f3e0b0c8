import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createKeywrightClient } from "@keywright/client";
import { expect, test } from "vitest";

test("a client does not follow a redirect: it would take the password along (K21, C22)", async () => {
  const bodies: string[] = [];
  const elsewhere = createServer(async (request, response) => {
    for await (const chunk of request) bodies.push(String(chunk));
    response.end("{}");
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  const location = `http://127.0.0.1:${portOf(elsewhere.address())}/`;
  const server = createServer((_request, response) => response.writeHead(307, { location }).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const client = createKeywrightClient({ url: `http://127.0.0.1:${portOf(server.address())}` });
    const call = client.auth.login.mutate({ email: "ada@example.com", password: "correct horse" });
    await expect(call).rejects.toThrow();
    expect(bodies).toEqual([]);
  } finally {
    server.close();
    elsewhere.close();
  }
});

function portOf(address: AddressInfo | string | null): number {
  return typeof address === "object" && address ? address.port : 0;
}
