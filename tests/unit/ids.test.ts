import { expect, test } from "vitest";
import { z } from "zod";
import { uuidv7 } from "../../packages/api/src/ids.js";

test("B11: an id begins with its moment, to the millisecond, and is a UUID of version 7", () => {
  const now = new Date("2026-11-30T12:00:00.123Z");
  const ids = Array.from({ length: 1_000 }, () => uuidv7(now));
  for (const id of ids) {
    expect(z.uuidv7().safeParse(id).success).toBe(true);
    expect(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toBe(now.getTime());
  }
  expect(new Set(ids).size).toBe(1_000);
});

test("B11: a later id sorts behind an earlier one", () => {
  const moments = [0, 1, 1_000, 1_700_000_000_000, 1_700_000_000_001, 4_000_000_000_000];
  const ids = moments.map((ms) => uuidv7(new Date(ms)));
  expect([...ids].sort()).toEqual(ids);
});
