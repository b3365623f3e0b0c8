import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createRoad, together } from "../../packages/db/src/together.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => void vi.useRealTimers());

const soon = () => vi.advanceTimersByTimeAsync(0);

/** A table of rows by key, and the statements that are under way on it: each sees it as it was when it was sent. */
function createTable(rows: Record<string, number>, road = createRoad()) {
  const alive = new Map(Object.entries(rows));
  const sent: { keys: readonly string[]; end(error?: Error): void }[] = [];
  const lookUp = together<{ row: number }>(
    (keys) =>
      new Promise((resolve, reject) => {
        const found = keys.flatMap((key) => (alive.has(key) ? [[key, { row: alive.get(key) ?? 0 }] as const] : []));
        sent.push({ keys, end: (error) => (error ? reject(error) : resolve(new Map(found))) });
      }),
    { road, isOfOneKey: (error) => String(error).includes("value") },
  );
  return { alive, sent, lookUp };
}

describe("look-ups of one moment", () => {
  test("leave at once while fewer than two statements are under way, and wait for the first of them otherwise", async () => {
    const { sent, lookUp } = createTable({ a: 1, b: 2, c: 3 });
    const all = Promise.all(["a", "b", "c", "d"].map(lookUp));
    expect(sent.map(({ keys }) => keys)).toEqual([["a"], ["b"]]);
    sent[1]?.end();
    await soon();
    expect(sent.map(({ keys }) => keys)).toEqual([["a"], ["b"], ["c", "d"]]);
    for (const { end } of sent) end();
    expect(await all).toEqual([{ row: 1 }, { row: 2 }, { row: 3 }, null]);
  });

  test("for one key are one, and each gets a row of its own", async () => {
    const { sent, lookUp } = createTable({ a: 1, b: 2, c: 3 });
    const all = Promise.all(["a", "b", "c", "c"].map(lookUp));
    sent[0]?.end();
    await soon();
    expect(sent[2]?.keys).toEqual(["c"]);
    for (const { end } of sent) end();
    const [, , one, other] = await all;
    expect([one, other]).toEqual([{ row: 3 }, { row: 3 }]);
    expect(one).not.toBe(other);
  });

  test("are not held up by statements that are stuck: another is sent beside them after 50 ms, five at most", async () => {
    const { sent, lookUp } = createTable({});
    const calls = [lookUp("a"), lookUp("b")];
    for (const key of ["c", "d", "e", "f", "g", "h"]) {
      calls.push(lookUp(key));
      await vi.advanceTimersByTimeAsync(26);
    }
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent).toHaveLength(5);
    for (let next = 0; next < sent.length; next++) {
      sent[next]?.end();
      await soon();
    }
    expect(await Promise.all(calls)).toEqual(calls.map(() => null));
    expect(sent.flatMap(({ keys }) => keys).toSorted()).toEqual(["a", "b", "c", "d", "e", "f", "g", "h"]);
  });

  test("leave in statements of two hundred keys at most", async () => {
    const { sent, lookUp } = createTable({});
    const calls = Array.from({ length: 502 }, (_, index) => lookUp(String(index)));
    for (let next = 0; next < sent.length; next++) {
      sent[next]?.end();
      await soon();
    }
    await Promise.all(calls);
    expect(sent.map(({ keys }) => keys.length)).toEqual([1, 1, 200, 200, 100]);
  });

  test("of which one has a value that is none fail alone; with the way to the database, all that travelled", async () => {
    const { sent, lookUp } = createTable({ c: 3 });
    const [first, second] = [lookUp("a"), lookUp("b")];
    const [bad, good] = [lookUp("no uuid").catch(String), lookUp("c")];
    for (const { end } of sent.slice()) end();
    await soon();
    sent[2]?.end(new Error("no such value"));
    await soon();
    sent[3]?.end(new Error("no such value"));
    await soon();
    sent[4]?.end();
    expect([await bad, await good]).toEqual(["Error: no such value", { row: 3 }]);
    expect([await first, await second]).toEqual([null, null]);
    const lost = ["a", "b", "c", "d"].map((key) => lookUp(key).catch(String));
    for (let next = 5; next < sent.length; next++) {
      sent[next]?.end(new Error("connection closed"));
      await soon();
    }
    expect(await Promise.all(lost)).toEqual(lost.map(() => "Error: connection closed"));
  });
});

test("what waits in an outage is told after six seconds, as a statement is, and is not looked up any more", async () => {
  const { sent, lookUp } = createTable({ a: 1 });
  const gone = (key: string) => lookUp(key).then(String, (error: Error) => error.message);
  const stuck: Promise<string>[] = [];
  for (const key of ["1", "2", "3", "4", "5"]) {
    stuck.push(gone(key));
    await vi.advanceTimersByTimeAsync(51);
  }
  expect(sent).toHaveLength(5);
  const waiting = [gone("a"), gone("a"), gone("b")];
  await vi.advanceTimersByTimeAsync(5_999);
  let told = 0;
  for (const answer of waiting) void answer.then(() => told++);
  await soon();
  expect(told).toBe(0);
  const late = lookUp("a");
  await vi.advanceTimersByTimeAsync(1);
  expect(await Promise.all(waiting)).toEqual(waiting.map(() => "PostgreSQL did not answer in time"));
  for (let next = 0; next < sent.length; next++) {
    sent[next]?.end();
    await soon();
  }
  expect(await late).toEqual({ row: 1 });
  expect(sent.map(({ keys }) => keys)).toEqual([["1"], ["2"], ["3"], ["4"], ["5"], ["a"]]);
  await Promise.all(stuck);
});

test("look-ups by other keys share the lanes, and take turns", async () => {
  const road = createRoad();
  const [cookies, tokens] = [createTable({ a: 1, b: 2 }, road), createTable({ c: 3, d: 4 }, road)];
  const all = Promise.all([cookies.lookUp("a"), cookies.lookUp("b"), cookies.lookUp("a"), tokens.lookUp("c")]);
  expect([cookies.sent.length, tokens.sent.length]).toEqual([2, 0]);
  cookies.sent[0]?.end();
  await soon();
  expect([cookies.sent.length, tokens.sent.length]).toEqual([2, 1]);
  for (const { end } of [...cookies.sent, ...tokens.sent]) end();
  await soon();
  for (const { end } of cookies.sent) end();
  expect(await all).toEqual([{ row: 1 }, { row: 2 }, { row: 1 }, { row: 3 }]);
});

const steps = fc.array(
  fc.record({ does: fc.constantFrom("ask", "ask", "end session", "answer", "time"), which: fc.nat(7) }),
  { minLength: 5, maxLength: 40 },
);

test("a session that ended before a call is refused to it, in 10,000 interleavings", async () => {
  const story = fc.asyncProperty(steps, async (story) => {
    const table = createTable({ 0: 0, 1: 1, 2: 2, 3: 3 });
    const calls: { wasAlive: boolean; answer: Promise<unknown> }[] = [];
    const unanswered: number[] = [];
    let seen = 0;
    const note = () => {
      for (; seen < table.sent.length; seen++) unanswered.push(seen);
    };
    const answer = async (which: number) => {
      const [next] = unanswered.splice(which % Math.max(unanswered.length, 1), 1);
      if (next !== undefined) table.sent[next]?.end();
      for (let turn = 0; turn < 6; turn++) await Promise.resolve();
      note();
    };
    for (const { does, which } of story) {
      const key = String(which % 4);
      if (does === "ask") calls.push({ wasAlive: table.alive.has(key), answer: table.lookUp(key) });
      else if (does === "end session") table.alive.delete(key);
      else if (does === "time") vi.advanceTimersByTime(which * 10);
      else await answer(which);
      note();
    }
    while (unanswered.length > 0) await answer(0);
    for (const { wasAlive, answer } of calls) if (!wasAlive) expect(await answer).toBeNull();
    await Promise.all(calls.map(({ answer }) => answer));
  });
  await fc.assert(story, { numRuns: 10_000, seed: 1 });
}, 60_000);
