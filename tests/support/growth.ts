/** CPU of this process in microseconds; other processes of the machine do not count. */
function cpuOf(work: () => unknown, times: number): number {
  const before = process.cpuUsage();
  for (let time = 0; time < times; time++) work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** Long enough to be measured. */
const baseUs = 1_000;
const tries = 3;

/**
 * How much more work twice and four times the size is, at the best of some tries. Linear work comes to 2 and 4, work that
 * grows with the square to 4 and 16. What a parser refuses for its length stays at 1.
 */
export function growthOf<T>(made: (size: number) => T, parse: (input: T) => unknown, size: number) {
  const [one, two, four] = [made(size), made(2 * size), made(4 * size)];
  const quiet = (input: T) => () => {
    try {
      return parse(input);
    } catch {
      return null;
    }
  };
  let times = 1;
  while (cpuOf(quiet(one), times) < baseUs && times < 100_000) times *= 2;
  const best = (input: T) => Math.min(...Array.from({ length: tries }, () => cpuOf(quiet(input), times)));
  const base = best(one);
  return { twice: best(two) / base, fourTimes: best(four) / base };
}
