import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type Listener, listen } from "../../apps/server/src/listener.js";

const local = { host: "127.0.0.1", port: 0 };
let listener: Listener;

afterEach(() => listener.drain(0));

test("before it can serve it is alive, and asks everybody else to come back", async () => {
  listener = await listen(local);
  const url = `http://127.0.0.1:${listener.port}`;
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  const early = await fetch(`${url}/trpc/auth.config`);
  expect([early.status, early.headers.get("retry-after")]).toEqual([503, "2"]);

  listener.serve((_request, response) => response.end("served"));
  expect(await (await fetch(`${url}/trpc/auth.config`)).text()).toBe("served");
});

test("of a header that comes twice, both values are judged", async () => {
  listener = await listen(local);
  listener.serve(({ headers }, response) => response.end(headers.authorization));
  const socket = connect(listener.port, "127.0.0.1");
  socket.write("GET / HTTP/1.0\r\nauthorization: Bearer a\r\nauthorization: Bearer b\r\n\r\n");
  const [answer] = await once(socket, "data");
  expect(String(answer)).toContain("Bearer a, Bearer b");
});

test("what is under way when it drains is answered to the end", async () => {
  listener = await listen(local);
  listener.serve((_request, response) => setTimeout(() => response.end("late"), 500));
  const call = fetch(`http://127.0.0.1:${listener.port}/`);
  await new Promise((resolve) => setTimeout(resolve, 200));
  await listener.drain(5_000);
  const answer = await call;
  expect([await answer.text(), answer.headers.get("connection")]).toEqual(["late", "close"]);
});

test("twenty calls that have just knocked are let in before the door closes", async () => {
  listener = await listen(local);
  listener.serve((_request, response) => response.end("in"));
  const calls = Array.from({ length: 20 }, () => fetch(`http://127.0.0.1:${listener.port}/`));
  // Their connections are made by the kernel; this process, busy until now, has taken none of them.
  const busyUntil = performance.now() + 200;
  await new Promise((resolve) => setTimeout(resolve, 20));
  while (performance.now() < busyUntil);
  await listener.drain(5_000);
  const answers = await Promise.all(calls.map(async (call) => (await call).text()));
  expect(new Set(answers)).toEqual(new Set(["in"]));
});

test("what takes too long is cut off", async () => {
  listener = await listen(local);
  listener.serve(() => {});
  const call = fetch(`http://127.0.0.1:${listener.port}/`);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const failed = expect(call).rejects.toThrow();
  await listener.drain(300);
  await failed;
});
