import { expect, test } from "vitest";
import { callersOf } from "../../bench/src/connections.js";
import { sharesOf } from "../../bench/src/profile.js";

const frame = (functionName: string, url = "") => ({ functionName, url });

test("a built-in function counts for whoever called it, and idle time for nobody", () => {
  const nodes = [
    { id: 1, callFrame: frame("(root)"), children: [2, 3, 5, 6] },
    { id: 2, callFrame: frame("(idle)") },
    { id: 3, callFrame: frame("walker", "file:///app/node_modules/superjson/dist/plainer.js"), children: [4] },
    { id: 4, callFrame: frame("map") },
    { id: 5, callFrame: frame("writev") },
    { id: 6, callFrame: frame("findSession", "file:///app/packages/db/dist/queries/sessions.js") },
  ];
  const shares = sharesOf({ nodes, samples: [2, 2, 2, 2, 3, 4, 4, 5, 6] });
  const busy = [...shares].filter(([, share]) => share > 0);
  expect(busy).toEqual([
    ["sockets", 0.2],
    ["superjson, JSON", 0.6],
    ["its own code", 0.2],
  ]);
});

test("no caller is on two connections, and none is left out", () => {
  const callers = Array.from({ length: 1_000 }, (_, number) => ({ cookie: `session=${number}` }));
  const connections = Array.from({ length: 50 }, (_, connection) => callersOf(callers, connection));
  expect(connections.flat()).toHaveLength(callers.length);
  expect(new Set(connections.flat()).size).toBe(callers.length);
});
