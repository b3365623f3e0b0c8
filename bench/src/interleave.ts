/** One of the programs being compared. */
export interface Candidate<Result> {
  name: string;
  run(): Promise<Result>;
  /** One per round. */
  results: Result[];
}

export function candidate<Result>(name: string, run: () => Promise<Result>): Candidate<Result> {
  return { name, run, results: [] };
}

/**
 * Runs every candidate once per round, starting with a different one each time: whatever else the machine is doing
 * affects all of them alike, and ratios are taken within a round.
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
