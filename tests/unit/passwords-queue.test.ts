import { availableParallelism } from "node:os";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createPasswords } from "../../packages/api/src/passwords/passwords.js";
import { createQueue } from "../../packages/api/src/passwords/queue.js";

afterEach(() => {
  vi.useRealTimers();
});

/** Work that ends when the test says so, and that tells when it begins. */
function createWorks() {
  const begun: string[] = [];
  const endings = new Map<string, PromiseWithoutValue>();
  return { begun, work, end, fail };

  function work(name: string): () => Promise<string> {
    return () => {
      begun.push(name);
      return new Promise((resolve, reject) => endings.set(name, { resolve: () => resolve(name), reject }));
    };
  }
  function end(name: string): void {
    endings.get(name)?.resolve();
  }
  function fail(name: string): void {
    endings.get(name)?.reject(new Error("broken"));
  }
}

interface PromiseWithoutValue {
  resolve: () => void;
  reject: (error: Error) => void;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const unavailable = (retryAfter: number) => expect.objectContaining({ reason: "UNAVAILABLE", retryAfter });

describe("a caller in the queue", () => {
  test("waits while others work, and is served in the order of arrival", async () => {
    const queue = createQueue({ concurrency: 2, maxQueued: 8 });
    const { begun, work, end } = createWorks();
    const answers = ["a", "b", "c", "d", "e"].map((name) => queue.run(work(name)));
    await settled();
    expect(begun).toEqual(["a", "b"]);
    end("b");
    await settled();
    expect(begun).toEqual(["a", "b", "c"]);
    end("a");
    end("c");
    await settled();
    expect(begun).toEqual(["a", "b", "c", "d", "e"]);
    end("d");
    end("e");
    expect(await Promise.all(answers)).toEqual(["a", "b", "c", "d", "e"]);
  });

  test("is not overtaken by one who arrives as a place becomes free", async () => {
    const queue = createQueue({ concurrency: 1, maxQueued: 8 });
    const { begun, work, end } = createWorks();
    const first = queue.run(work("first"));
    const second = queue.run(work("second"));
    const third = first.then(() => queue.run(work("third")));
    await settled();
    end("first");
    await settled();
    expect(begun).toEqual(["first", "second"]);
    end("second");
    await settled();
    end("third");
    expect(await Promise.all([second, third])).toEqual(["second", "third"]);
  });

  test("gets the place of one whose work failed", async () => {
    const queue = createQueue({ concurrency: 1, maxQueued: 1 });
    const { work, end, fail } = createWorks();
    const failing = queue.run(work("failing"));
    const next = queue.run(work("next"));
    await settled();
    fail("failing");
    await expect(failing).rejects.toThrow("broken");
    end("next");
    expect(await next).toBe("next");
    const throwing = queue.run(() => {
      throw new Error("at once");
    });
    await expect(throwing).rejects.toThrow("at once");
    expect(await queue.run(async () => "still alive")).toBe("still alive");
  });
});

describe("a caller beyond the queue", () => {
  test("is refused at once, does no work, and may come again when a place is free", async () => {
    const queue = createQueue({ concurrency: 1, maxQueued: 1 });
    const { begun, work, end } = createWorks();
    const running = queue.run(work("running"));
    const waiting = queue.run(work("waiting"));
    await expect(queue.run(work("refused"))).rejects.toEqual(unavailable(1));
    end("running");
    await running;
    const later = queue.run(work("later"));
    await settled();
    end("waiting");
    expect(await waiting).toBe("waiting");
    await settled();
    end("later");
    expect(await later).toBe("later");
    expect(begun).toEqual(["running", "waiting", "later"]);
  });

  test("is told after how many seconds those before will be done", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const queue = createQueue({ concurrency: 2, maxQueued: 3 });
    const { work, end } = createWorks();
    const measured = queue.run(work("measured"));
    await settled();
    vi.advanceTimersByTime(5_000);
    end("measured");
    await measured;
    for (const name of ["a", "b", "c", "d", "e"]) void queue.run(work(name));
    await expect(queue.run(work("refused"))).rejects.toEqual(unavailable(13)); // five of 5 s, two at a time
  });

  test("is refused even if nobody may wait", async () => {
    const queue = createQueue({ concurrency: 1, maxQueued: 0 });
    const { work, end } = createWorks();
    const running = queue.run(work("running"));
    await expect(queue.run(work("refused"))).rejects.toEqual(unavailable(1));
    await settled();
    end("running");
    expect(await running).toBe("running");
  });
});

test("an operator who sets nothing gets one work a core, and 32 waiting for each", async () => {
  const queue = createQueue({});
  const { begun, work } = createWorks();
  const cores = availableParallelism();
  const refused: unknown[] = [];
  for (let i = 0; i < 33 * cores; i += 1) queue.run(work(`${i}`)).catch((error: unknown) => refused.push(error));
  await expect(queue.run(work("refused"))).rejects.toEqual(unavailable(1));
  expect(refused).toEqual([]);
  expect(begun).toHaveLength(cores);
});

test("callers who register, who sign in and whom nobody knows stand in one queue", async () => {
  const passwords = await createPasswords({ cost: 4, concurrency: 1, maxQueued: 2 });
  const stored = await passwords.hash("correct horse");
  const served = [
    passwords.hash("battery staple"),
    passwords.verify(stored, "correct horse"),
    passwords.verify(null, ""),
  ];
  await expect(passwords.verify(null, "correct horse")).rejects.toEqual(unavailable(1));
  await expect(passwords.verify(stored, "correct horse")).rejects.toEqual(unavailable(1));
  await expect(passwords.verify("unreadable", "correct horse")).rejects.toEqual(unavailable(1));
  await expect(passwords.hash("battery staple")).rejects.toEqual(unavailable(1));
  await Promise.all(served);
  expect((await passwords.verify(stored, "correct horse")).isRight).toBe(true);
});
