import { median, percentile } from "../statistics.js";
import type { Operation } from "./operations.js";
import type { Place } from "./place.js";

/** How long an operation takes in a small and in a large database, in milliseconds. */
export interface Pair extends Pick<Operation, "name" | "isCold"> {
  small: number;
  large: number;
  largeP99: number;
  /** Median of the rounds' ratios of medians. */
  ratio: number;
}

/**
 * Runs an operation in both, one call at a time and by turns: whatever else the machine is doing slows down both alike.
 */
export async function pair(
  operation: Operation,
  { small, large, rounds }: { small: Place; large: Place; rounds: number },
): Promise<Pair> {
  const all: Times[] = [];
  for (let round = 0; round < rounds; round++) all.push(await oneRound(operation, { small, large, round }));
  const larges = all.flatMap((taken) => taken.large);
  return {
    name: operation.name,
    isCold: operation.isCold ?? false,
    small: median(all.flatMap((taken) => taken.small)),
    large: median(larges),
    largeP99: percentile(larges, 99),
    ratio: median(all.map((taken) => median(taken.large) / median(taken.small))),
  };
}

interface Times {
  small: number[];
  large: number[];
}

async function oneRound(
  { times, run }: Operation,
  { small, large, round }: { small: Place; large: Place; round: number },
): Promise<Times> {
  const taken: Times = { small: [], large: [] };
  const sides = [
    { place: small, times: taken.small },
    { place: large, times: taken.large },
  ];
  for (let turn = 0; turn < times; turn++) {
    for (const { place, times: durations } of turn % 2 === 0 ? sides : sides.toReversed()) {
      const startedAt = performance.now();
      await run(place, round * times + turn);
      durations.push(performance.now() - startedAt);
    }
  }
  return taken;
}
