import { memoryTokens } from "@keywright/client";
import { expect, test } from "vitest";
import { createKeeper } from "../../packages/client/src/token-keeper.js";

test("tokens in memory are there until they are removed", async () => {
  const store = memoryTokens();
  expect(await store.load()).toBeNull();
  await store.save("kwr_1");
  expect(await store.load()).toBe("kwr_1");
  await store.save(null);
  expect(await store.load()).toBeNull();
});

test("a slow write of a token does not undo the sign-out after it", async () => {
  const written: (string | null)[] = [];
  const keeper = createKeeper({
    load: () => written.at(-1) ?? null,
    save: async (refreshToken) => {
      await new Promise((resolve) => setTimeout(resolve, refreshToken === null ? 0 : 20));
      written.push(refreshToken);
    },
  });
  await Promise.all([keeper.save("kwr_1"), keeper.save(null)]);
  expect(written).toEqual(["kwr_1", null]);
  expect(await keeper.load()).toBeNull();
});

test("a store that throws is asked again the next time", async () => {
  let isLocked = true;
  const keeper = createKeeper({
    load: () => {
      if (isLocked) throw new Error("locked");
      return "kwr_1";
    },
    save: () => {},
  });
  await expect(keeper.load()).rejects.toThrow("locked");
  isLocked = false;
  expect(await keeper.load()).toBe("kwr_1");
});

test("a sign-out that another program on the same store has overwritten is still to be told to the server", async () => {
  const store = memoryTokens();
  const [mine, others] = [createKeeper(store), createKeeper(store)];
  await mine.save("kwr_1");
  await others.load();
  await mine.leave("kwr_1", "");
  await others.replace("kwr_1", "kwr_2", true);
  await mine.load();
  expect(mine.ended()).toEqual(["kwr_1"]);
  await mine.forget("kwr_1");
  expect(mine.ended()).toEqual([]);
  expect(await store.load()).toBe("kwr_2");
});
