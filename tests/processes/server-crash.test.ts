import { afterAll, expect, test } from "vitest";
import { createServers, post, type ServerProcess } from "../support/server-process.js";

const servers = createServers();
afterAll(() => servers.close());

const password = "correct horse battery";

/** Twenty sign-ups at once, and kill -9 when so many are answered; the addresses of all that were. */
async function killAfter(server: ServerProcess, most: number): Promise<string[]> {
  const answered: string[] = [];
  const signUps = Array.from({ length: 20 }, async (_, index) => {
    const email = `killed-after-${most}-${index}@example.com`;
    const answer = await post(server.url, "registration.register", { email, password }).catch(() => null);
    if (answer?.status === 200) answered.push(email);
    if (answered.length === most) server.signal("SIGKILL");
  });
  await Promise.all(signUps);
  expect(await server.ended).toBeNull();
  return answered;
}

test("kill -9 in the middle of twenty sign-ups loses none that was answered", { timeout: 180_000 }, async () => {
  const answered: string[] = [];
  let server = await servers.start();
  for (const most of [3, 12]) {
    const round = await killAfter(server, most);
    expect(round.length).toBeGreaterThanOrEqual(most);
    expect(round.length).toBeLessThan(20);
    answered.push(...round);
    server = await servers.start({}, server.folder);
  }
  for (const email of answered) {
    const again = await post(server.url, "auth.login", { email, password });
    expect([email, again.status]).toEqual([email, 200]);
  }
});
