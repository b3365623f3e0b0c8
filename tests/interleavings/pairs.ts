import { expect, test } from "vitest";
import type { Transport } from "./calls.js";
import { createExplorer, type Effort, type Pair } from "./explore.js";
import { numberOf, randomOf } from "./orders.js";
import { createRing } from "./ring.js";
import type { Plays, Stage } from "./stage.js";
import { stages } from "./stages.js";

/*
 * `KEYWRIGHT_SEED=7 npm run interleavings` plays other orders of other pairs; `KEYWRIGHT_ORDERS=2000` or `all` so many
 * of every pair, for hours; `KEYWRIGHT_PAIR="settled: auth.login ‖ user.delete"` one pair only (a part of its name
 * will do), and with `KEYWRIGHT_ORDER=AABBA` that order only.
 */
const seed = Number(process.env.KEYWRIGHT_SEED ?? 1);
const orders = process.env.KEYWRIGHT_ORDERS;
const onlyPair = process.env.KEYWRIGHT_PAIR ?? "";
const onlyOrder = process.env.KEYWRIGHT_ORDER;
const isByHand = orders !== undefined || onlyPair !== "";

/** So many orders of some pairs, and of all others those with one stop. */
const ordersInCi = 60;
const shareInCi = 0.08;

/** One test for each stage: every pair of its calls, by this transport. */
export function testPairs(transport: Transport): void {
  test.each(Object.entries(stages))(
    "%s: two calls at once come to what one after the other comes to",
    async (name, stage) => {
      const { explored, faults } = await playStage(name, stage, transport);
      process.stdout.write(`${name} by ${transport}: ${explored} (KEYWRIGHT_SEED=${seed})\n`);
      expect(faults.join("\n\n")).toBe("");
    },
    isByHand ? 24 * 3_600_000 : 140_000,
  );
}

async function playStage(name: string, stage: Stage, transport: Transport) {
  const ring = await createRing(stage.config);
  try {
    const plays = await ring.stage((director) => stage.prepare(director, transport));
    const explore = createExplorer(ring);
    const pairs = pairsOf(name, plays).filter((pair) => pair.name.includes(onlyPair) && isTurnOf(transport, pair));
    const faults: string[] = [];
    let played = 0;
    for (const pair of pairs) {
      const found = await explore(pair, effortFor(pair));
      played += found.orders;
      faults.push(...found.faults.slice(0, 3));
    }
    return { explored: `${played} orders of ${pairs.length} pairs`, faults };
  } finally {
    await ring.close();
  }
}

/** Every call with every other and with itself, from two sessions and from one. */
function pairsOf(stage: string, plays: Record<string, Plays>): Pair[] {
  const all = Object.entries(plays);
  return all.flatMap(([one, [first]], at) =>
    all.slice(at).flatMap(([other, [same, second]]) => {
      const name = `${stage}: ${one} ‖ ${other}`;
      const apart = { name, plays: [first, second] as const };
      // Without a session of its own, a call is the same from either.
      return same === second ? [apart] : [apart, { name: `${name}, one session`, plays: [first, same] as const }];
    }),
  );
}

/** By the seed, each pair is played by one transport; by hand, by both. */
function isTurnOf(transport: Transport, { name }: Pair): boolean {
  return isByHand || (numberOf(name) + seed) % 2 === (transport === "cookie" ? 0 : 1);
}

function effortFor({ name }: Pair): Effort {
  if (onlyOrder !== undefined) return { seed, orders: null, only: onlyOrder };
  if (isByHand) return { seed, orders: orders === "all" ? Number.POSITIVE_INFINITY : Number(orders ?? ordersInCi) };
  return { seed, orders: randomOf(seed ^ numberOf(name))() < shareInCi ? ordersInCi : null };
}
