import { inspect } from "node:util";
import { createKeywrightClient } from "@keywright/client";
import { expect, test } from "vitest";

function silentClient() {
  const sent: string[] = [];
  const client = createKeywrightClient({
    url: "/trpc",
    fetch: async (url) => {
      sent.push(url);
      return new Response();
    },
  });
  return { client, sent };
}

test("a client that is printed, compared or turned into text answers as a function would, and calls nobody (C18)", () => {
  const { client, sent } = silentClient();
  for (const part of [client, client.auth, client.auth.login] satisfies unknown[]) {
    expect(String(part)).toMatch(/^function/);
    expect(`${part}`).toMatch(/^function/);
    expect(JSON.stringify({ part })).toBe("{}");
    expect(inspect(part)).toContain("[Function");
    expect(Object.is(part, part)).toBe(true);
    expect(Object.prototype.toString.call(part)).toBe("[object Function]");
  }
  expect(sent).toEqual([]);
});

test("what frameworks look for in a value is not there: a client is no ref, no element and no promise (C18)", async () => {
  const { client } = silentClient();
  const names = [
    "__v_isRef",
    "__v_isReactive",
    "__v_skip",
    "__v_raw",
    "$$typeof",
    "$$id",
    "then",
    "toJSON",
    "prototype",
  ];
  expect(names.map((name) => Reflect.get(client, name))).toEqual(names.map(() => undefined));
  expect(Reflect.get(client, Symbol.iterator)).toBeUndefined();
  expect(await Promise.resolve(client)).toBe(client);
});

test("a name without .query() or .mutate() is no call", () => {
  const { client, sent } = silentClient();
  expect(() => Reflect.apply(Object(client.auth.login), null, [])).toThrow(
    "client.auth.login is no call: end it in .query() or .mutate()",
  );
  expect(sent).toEqual([]);
});
