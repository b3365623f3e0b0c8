import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, expect, test, vi } from "vitest";
import { createServers, get, post } from "../support/server-process.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const servers = createServers();
afterAll(() => servers.close());

/** An app whose password rule takes a second, and whose listener fails where nobody catches it. */
const listener = (failure: string) => `export default {
  passwordRule: () => new Promise((resolve) => setTimeout(resolve, 1_500, null)),
  onEvent: (event) => { if (event.kind === "login.failed") ${failure} },
};`;

test.each([
  ["throws", 'setTimeout(() => { throw new Error("hunter2") }, 10);'],
  ["rejects", 'setTimeout(() => Promise.reject(new Error("hunter2")), 10);'],
])(
  "A19: where a listener %s uncaught, calls under way are answered, and the process ends as crashed",
  async (_how, failure) => {
    const folder = await servers.makeFolder();
    await writeFile(join(folder, "keywright.config.mjs"), listener(failure));
    const server = await servers.start({}, folder);
    const slow = post(server.url, "registration.register", {
      email: "ada@example.com",
      password: "correct horse battery",
    });
    const wrong = await post(server.url, "auth.login", { email: "nobody@example.com", password: "wrong horse" });
    expect(wrong.refusal).toMatchObject({ reason: "INVALID_CREDENTIALS" });
    expect((await slow).status).toBe(200);
    expect(await server.ended).toBe(1);
    expect(server.stderr()).toContain("The server crashed.");
    expect(server.stderr()).not.toContain("hunter2");
  },
);

/** What a server answers to these bytes. */
async function raw(url: string, request: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), new URL(url).hostname);
  socket.end(request);
  return await text(socket);
}

test("O15: a probe of HTTP/1.0 needs no Host, and nothing else goes without", async () => {
  const server = await servers.start();
  for (const path of ["/healthz", "/readyz"]) {
    for (const method of ["GET", "HEAD"]) {
      const answer = await raw(server.url, `${method} ${path} HTTP/1.0\r\n\r\n`);
      expect([path, method, answer.split("\r\n")[0]]).toEqual([path, method, "HTTP/1.1 200 OK"]);
    }
  }
  for (const path of ["/", "/dev/mailbox.json", "/trpc/auth.config", "/healthz/"]) {
    const answer = await raw(server.url, `GET ${path} HTTP/1.0\r\n\r\n`);
    expect([path, answer.split("\r\n")[0]]).toEqual([path, "HTTP/1.1 400 Bad Request"]);
  }
  expect((await get(server.url, "auth.config")).status).toBe(200);
  expect(await server.end()).toBe(0);
});
