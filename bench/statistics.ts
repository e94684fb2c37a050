/** The middle one, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}

/** Of two series that were measured in turns: each pair has met the same machine, so its ratio has less of the noise. */
export function medianOfRatios(pairs: readonly (readonly [number, number])[]): number {
  return median(pairs.map(([one, other]) => one / other));
}
