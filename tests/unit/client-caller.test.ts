import { createKeywrightClient } from "@keywright/client";
import { expect, test } from "vitest";

test("a client that is printed, compared or turned into text calls nobody", () => {
  const sent: string[] = [];
  const client = createKeywrightClient({
    url: "/trpc",
    fetch: async (url) => {
      sent.push(url);
      return new Response();
    },
  });
  const group: unknown = client.auth;
  expect(() => JSON.stringify(group)).toThrow("client.auth.toJSON is no call");
  expect(() => String(group)).toThrow("client.auth.toString is no call");
  expect(() => Reflect.apply(Object(client.auth.login), null, [])).toThrow("client.auth.login is no call");
  expect(sent).toEqual([]);
});
