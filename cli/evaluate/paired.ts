// A method against plain CLIP on one target, paired by picture.

export type PairedGain = {
  /** Mean over seeds of the difference in accuracy. */
  readonly gain: number;
  /** Of `gain` over pictures: the same environment with other pictures. Each counts once, with its mean over the seeds that score it. */
  readonly standardError: number;
  /** In the first seed: pictures put right, pictures spoilt, and McNemar's exact test of the two. */
  readonly corrected: number;
  readonly broken: number;
  readonly p: number;
};

/** One seed: the pictures scored, and for each a character, 1 where the answer is right. */
export type ScoredHits = { readonly rows: readonly number[]; readonly ours: string; readonly plain: string };

export function pairedGain(seeds: readonly ScoredHits[]): PairedGain {
  const sums = new Map<number, { sum: number; times: number }>();
  const gains = seeds.map(({ rows, ours, plain }) => {
    let total = 0;
    for (const [place, row] of rows.entries()) {
      const difference = Number(ours[place] === '1') - Number(plain[place] === '1');
      const known = sums.get(row) ?? { sum: 0, times: 0 };
      sums.set(row, { sum: known.sum + difference, times: known.times + 1 });
      total += difference;
    }
    return total / Math.max(1, rows.length);
  });
  const ofPictures = [...sums.values()].map(({ sum, times }) => sum / times);
  const corrected = countWhere(seeds[0], '1', '0');
  const broken = countWhere(seeds[0], '0', '1');
  return {
    gain: gains.reduce((sum, gain) => sum + gain, 0) / Math.max(1, gains.length),
    standardError: Math.sqrt(sampleVariance(ofPictures) / Math.max(1, ofPictures.length)),
    corrected,
    broken,
    p: mcNemar(corrected, broken),
  };
}

export type AverageGain = {
  readonly gain: number;
  /** Over pictures alone, the targets as they are. */
  readonly pictureError: number;
  /** Over pictures and targets. */
  readonly targetError: number;
  /** Targets below plain CLIP by more than one standard error. */
  readonly below: number;
};

export function averageGain(targets: readonly PairedGain[]): AverageGain {
  const count = Math.max(1, targets.length);
  const variance = targets.reduce((sum, { standardError }) => sum + standardError ** 2, 0) / count ** 2;
  const gains = targets.map(({ gain }) => gain);
  return {
    gain: gains.reduce((sum, gain) => sum + gain, 0) / count,
    pictureError: Math.sqrt(variance),
    targetError: Math.sqrt(variance + sampleVariance(gains) / count),
    below: targets.filter(({ gain, standardError }) => gain < -standardError).length,
  };
}

/** McNemar's exact test: the chance, two-sided, of a split at least this uneven if either change were as likely. */
export function mcNemar(corrected: number, broken: number): number {
  const count = corrected + broken;
  // As logarithms: 2^−n is no number any more for many changes.
  let logTerm = -count * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= Math.min(corrected, broken); k++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((count - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}

function countWhere(seed: ScoredHits | undefined, ours: string, plain: string): number {
  return (
    seed?.rows.filter((_, place) => seed.ours[place] === ours && seed.plain[place] === plain).length ?? 0
  );
}

function sampleVariance(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
