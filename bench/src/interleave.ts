/** One of those that are compared. */
export interface Candidate<Result> {
  name: string;
  run(): Promise<Result>;
  /** One for each round. */
  results: Result[];
}

export function candidate<Result>(name: string, run: () => Promise<Result>): Candidate<Result> {
  return { name, run, results: [] };
}

/**
 * Runs every candidate once a round, a different one first each time: what the machine has to do besides hits all of
 * them alike, and ratios are taken within a round.
 */
export async function interleave<Result>(
  candidates: Candidate<Result>[],
  rounds: number,
  progress: (line: string) => void,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const first = round % candidates.length;
    for (const { name, run, results } of [...candidates.slice(first), ...candidates.slice(0, first)]) {
      progress(`${round + 1}/${rounds} ${name}`);
      results.push(await run());
    }
  }
}
