import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { cookieOf, origin } from "../support/raw.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

type Headers = Record<string, string>;

const keys = {
  cookie: async (user: TestUser): Promise<Headers> => ({ cookie: await cookieOf(app, user), origin }),
  bearer: async ({ email, password }: TestUser): Promise<Headers> => {
    const answer = await app.post("auth.login", { email, password }, { "keywright-transport": "bearer" });
    const [, accessToken] = /"accessToken":"([^"]+)"/.exec(await answer.text()) ?? [];
    return { "keywright-transport": "bearer", authorization: `Bearer ${accessToken}` };
  },
};

function manyPeople(count: number, keyOf: (user: TestUser) => Promise<Headers>) {
  const person = async () => {
    const user = await app.addUser();
    return { email: user.email, key: await keyOf(user) };
  };
  return Promise.all(Array.from({ length: count }, person));
}

async function ask(key: Headers): Promise<{ status: number; text: string }> {
  const answer = await app.get("user.me", key);
  return { status: answer.status, text: await answer.text() };
}

describe.each(["cookie", "bearer"] as const)("many callers of one moment, by %s", (transport) => {
  test("cost few statements, and each is told of their own account", async () => {
    const people = await manyPeople(20, keys[transport]);
    // A token's signature is verified when it is first used.
    await Promise.all(people.map(({ key }) => ask(key)));
    let answers: string[] = [];
    const { statements } = await app.costOf(async () => {
      answers = await Promise.all(people.map(async ({ key }) => (await ask(key)).text));
    });
    const told = answers.map((text, index) => text.includes(`"${people[index]?.email}"`));
    expect(told).toEqual(people.map(() => true));
    // The embedded database has one connection, and no way to it that could be saved.
    expect(statements.length).toBeLessThan(app.engine === "postgres" ? 12 : 21);
  });

  test("are refused from the answer to their sign-out on, whoever else is being looked up", async () => {
    const people = await manyPeople(6, keys[transport]);
    const [leaving, staying] = [people.slice(0, 3), people.slice(3)];
    let isOver = false;
    const crowd = [...staying, ...staying].map(async ({ key }) => {
      // A turn of the event loop between calls, as if they came over a network: otherwise they leave none for others.
      for (; !isOver; await setImmediate()) expect((await ask(key)).status).toBe(200);
    });
    for (const { key } of leaving) {
      const asking = [ask(key), ask(key), ask(key)];
      expect((await app.post("auth.logout", {}, key)).status).toBe(200);
      expect((await ask(key)).status).toBe(401);
      await Promise.all(asking);
    }
    isOver = true;
    await Promise.all(crowd);
  });
});
