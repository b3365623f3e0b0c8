import { expect, test } from "vitest";
import { buildClient } from "../support/model/client-code.js";
import { explore } from "../support/model/explore.js";

// The same steps in each run, so that nobody's change fails for what was there before: `npm run client-model` looks for
// that, with a new seed each time, in twenty times as many.
const steps = Number(process.env.KEYWRIGHT_STEPS ?? 5_000);
const seed = Number(process.env.KEYWRIGHT_SEED ?? (process.env.KEYWRIGHT_STEPS ? Date.now() % 2 ** 31 : 1));

test(`two tabs show what is so, whatever becomes of their calls (seed ${seed})`, { timeout: 900_000 }, async () => {
  const explored = await explore({ code: await buildClient(), steps, seed });
  expect(explored.fault).toBeNull();
  expect(explored.steps).toBeGreaterThanOrEqual(steps);
});
