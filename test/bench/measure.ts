// Numbers out of runs: medians, quantiles, ratios of runs made side by side, slopes. Measures no thing in particular.

/** Of the sorted values, the one at share `q`, between two neighbours where it falls between them. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) throw new RangeError('no values have no quantile');
  const at = q * (sorted.length - 1);
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (at - Math.floor(at)) * (above - below);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Runs every task once a round, so that whatever else the machine does falls on all of them alike. */
export async function alternate<Name extends string>(
  tasks: Readonly<Record<Name, () => Promise<number>>>,
  rounds = 5,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(tasks) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) results[name].push(await tasks[name]());
  }
  return results;
}

/** The median of the ratios of each round: a slow minute of the machine slows both sides of one round. */
export function medianRatio(numerators: readonly number[], denominators: readonly number[]): number {
  return median(numerators.map((value, round) => value / (denominators[round] as number)));
}

/** Milliseconds that `work` takes. */
export async function timeMs(work: () => unknown): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

/** Least-squares slope of log y over log x: 1 where y grows in proportion to x, 0 where it does not grow. */
export function logLogSlope(points: readonly (readonly [x: number, y: number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (axis: 0 | 1) => logs.reduce((sum, point) => sum + point[axis], 0) / logs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const rise = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const run = logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return rise / run;
}
