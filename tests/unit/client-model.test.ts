import { expect, test } from "vitest";
import { buildClient } from "../support/model/client-code.js";
import { explore } from "../support/model/explore.js";

// The same steps in each run, so that nobody's change fails for what was there before: `npm run client-model` looks for
// that, with a new seed each time, in twenty times as many.
const isLong = process.env.KEYWRIGHT_STEPS !== undefined;
const steps = Number(process.env.KEYWRIGHT_STEPS ?? 5_000) / 2;
const seed = Number(process.env.KEYWRIGHT_SEED ?? (isLong ? Date.now() % 2 ** 31 : 1));

test.each([
  ["two tabs of a browser", "tab"],
  ["two programs on one phone", "app"],
] as const)(
  `seed ${seed}: %s act for nobody but whom they show, whatever becomes of their calls`,
  { timeout: isLong ? 1_800_000 : 60_000 },
  async (_devices, kind) => {
    const explored = await explore({ code: await buildClient(), kind, steps, seed });
    expect(explored.fault).toBeNull();
    expect(explored.steps).toBeGreaterThanOrEqual(steps);
  },
);
