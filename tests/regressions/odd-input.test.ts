import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ limits: { signInsPerIpPerMinute: 3 }, trustedProxyHops: 1 });
});
afterAll(() => app.close());

/** Of the processor, in milliseconds, and the least of three: other programs cost it nothing. */
async function leastEffort(work: () => Promise<unknown>): Promise<number> {
  const efforts: number[] = [];
  for (let round = 0; round < 3; round++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    efforts.push((user + system) / 1000);
  }
  return Math.min(...efforts);
}

/** Two thousand fields, and as many annotations as fit into 32 kB. */
function annotatedBody(annotations: number): string {
  const keys = Array.from({ length: 2300 }, (_, index) => index.toString(36));
  const json = Object.fromEntries(keys.map((key) => [key, 0]));
  const values = Object.fromEntries(keys.slice(0, annotations).map((key) => [key, ["undefined"]]));
  return JSON.stringify({ json, meta: { values } });
}

test("many annotations in a wide input take no longer than the input itself", async () => {
  const send = (body: string) => {
    const headers = { "content-type": "application/json" };
    return app.handle(
      new Request(`${publicUrl}/trpc/auth.verifyToken`, { method: "POST", headers, body }),
      "127.0.0.1",
    );
  };
  expect((await send(annotatedBody(500))).status).toBe(400);
  const plainMs = await leastEffort(() => send(annotatedBody(1)));
  expect(await leastEffort(() => send(annotatedBody(500)))).toBeLessThan(plainMs + 100);
});

test("a name that only becomes somebody's when it is folded is nobody's", async () => {
  const ada = await app.addUser({ email: "kate@example.org", username: "kate" });
  for (const login of ["\u212Aate@example.org", "\u212Aate"]) {
    const error = await refusal(app.visitor().auth.login.mutate({ login, password: ada.password }));
    expect(reasonOf(error)).toBe("INVALID_CREDENTIALS");
  }
});

test("a subscriber is told from the neighbours, wherever the zeros of an address are left out", async () => {
  const guess = async (ip: string) => {
    const input = { email: "nobody@example.com", password: "wrong horse" };
    return (await app.post("auth.login", input, { "x-forwarded-for": ip })).status;
  };
  const statuses: number[] = [];
  for (const end of ["3", "4", "5", "6"]) statuses.push(await guess(`2001::5:1:2:3:${end}`));
  expect(statuses).toEqual([401, 401, 401, 429]);
  expect(await guess("2001::6:1:2:3:4")).toBe(401);
});
