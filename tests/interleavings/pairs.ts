import { beforeAll, expect, test } from "vitest";
import type { Transport } from "./calls.js";
import { createExplorer, type Effort, type Pair } from "./explore.js";
import { numberOf, randomOf } from "./orders.js";
import { createRing } from "./ring.js";
import type { Plays, Stage } from "./stage.js";
import { stages } from "./stages.js";

/*
 * `KEYWRIGHT_SEED=7 npm run interleavings` plays other orders; `KEYWRIGHT_ORDERS=2000` or `all` so many of every pair,
 * which takes hours; `KEYWRIGHT_PAIR="settled: auth.login ‖ user.delete"` pairs with that in their names only, and with
 * `KEYWRIGHT_ORDER=AABBA` that order only.
 */
const seed = Number(process.env.KEYWRIGHT_SEED ?? 1);
const orders = process.env.KEYWRIGHT_ORDERS;
const onlyPair = process.env.KEYWRIGHT_PAIR ?? "";
const onlyOrder = process.env.KEYWRIGHT_ORDER;
const isByHand = orders !== undefined || onlyPair !== "";

const ordersInCi = 60;
/** In CI, how long a stage may take: the last and largest what the others leave. */
const stageMs = 5_000;
const allMs = 50_000;

/** One test for each stage: its calls in pairs, by this transport. */
export function testPairs(transport: Transport): void {
  let endsAt = Number.POSITIVE_INFINITY;
  beforeAll(() => {
    if (!isByHand) endsAt = performance.now() + allMs;
  });
  test.each(Object.entries(stages))(
    "%s: two calls at once come to what one after the other comes to",
    async (name, stage) => {
      const until = name === "settled" ? endsAt : Math.min(endsAt, performance.now() + stageMs);
      const { summary, faults } = await playStage(name, stage, { transport, until: isByHand ? endsAt : until });
      process.stdout.write(`${name} by ${transport}: ${summary} (KEYWRIGHT_SEED=${seed})\n`);
      expect(faults.join("\n\n")).toBe("");
    },
    isByHand ? 24 * 3_600_000 : allMs + 40_000,
  );
}

async function playStage(name: string, stage: Stage, { transport, until }: { transport: Transport; until: number }) {
  const ring = await createRing(stage.config);
  try {
    const plays = await ring.stage((director) => stage.prepare(director, transport));
    const explore = createExplorer(ring);
    const pairs = shuffled(pairsOf(name, plays)).filter((pair) => isTurnOf(transport, pair));
    const faults: string[] = [];
    const counts: number[] = [];
    // First each is stopped after every statement, then as many as there is time for are played in other orders, too.
    for (const effort of effortsFor()) {
      let count = 0;
      for (const pair of pairs) {
        if (performance.now() > until) break;
        faults.push(...(await explore(pair, effort)).faults.slice(0, 3));
        count++;
      }
      counts.push(count);
    }
    return { summary: `${counts.join(", then ")} of ${pairs.length} pairs`, faults };
  } finally {
    await ring.close();
  }
}

function effortsFor(): Effort[] {
  if (onlyOrder !== undefined) return [{ seed, orders: null, only: onlyOrder }];
  if (orders !== undefined) return [{ seed, orders: orders === "all" ? Number.POSITIVE_INFINITY : Number(orders) }];
  return [
    { seed, orders: null },
    { seed, orders: ordersInCi },
  ];
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

function shuffled(pairs: Pair[]): Pair[] {
  const chance = ({ name }: Pair) => chanceOf(name);
  return pairs.toSorted((one, other) => chance(one) - chance(other));
}

/** By the seed, each pair is played by one transport; by hand, by both. */
function isTurnOf(transport: Transport, { name }: Pair): boolean {
  if (isByHand) return name.includes(onlyPair);
  return chanceOf(`by cookie ${name}`) < 0.5 === (transport === "cookie");
}

function chanceOf(text: string): number {
  return randomOf(seed ^ numberOf(text))();
}
