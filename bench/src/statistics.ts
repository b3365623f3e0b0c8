export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The smallest value that this percentage of the values does not exceed; NaN if there are none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN;
}

/** Median of the per-round ratios: a slow moment of the machine affects both sides. */
export function ratio(values: readonly number[], others: readonly number[]): number {
  return median(values.map((value, round) => value / (others[round] ?? Number.NaN)));
}
