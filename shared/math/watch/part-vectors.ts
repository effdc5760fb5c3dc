// What a drift along one part of the space is told by: means and sums of pictures in that part, and the arithmetic of such vectors.

export type Embedded = Float64Array<ArrayBuffer>;

export type PartVectors = {
  readonly profile: { readonly pictures: number; readonly mean: Embedded };
  /** Of the profile's pictures by stratum, and then of each label that the day has not seen; they sum to 1. */
  readonly shares: Float64Array;
  /** The stratum of labels without one of their own, which differ among themselves. */
  readonly mixed: number | undefined;
  /** Of how many of the profile's pictures the shares were seen. */
  readonly mixPictures: number;
  readonly strata: readonly { readonly pictures: number; readonly mean: Embedded }[];
  readonly blocks: readonly {
    readonly pictures: number;
    readonly sum: Embedded;
    readonly counts: Embedded;
  }[];
  readonly kept: readonly { readonly group: number; readonly vector: Embedded }[];
  /** From this coordinate on products count negative. */
  readonly subtractFrom: number;
};

export type Dot = (a: Embedded, b: Embedded) => number;

export function dotOf(subtractFrom: number): Dot {
  return (a, b) => {
    const end = Math.min(a.length, subtractFrom);
    let sum = 0;
    for (let i = 0; i < end; i++) sum += (a[i] as number) * (b[i] as number);
    for (let i = end; i < a.length; i++) sum -= (a[i] as number) * (b[i] as number);
    return sum;
  };
}

export function add(sum: Float64Array, vector: Float64Array, weight: number): void {
  if (weight === 0) return;
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + weight * (vector[i] as number);
}

export function scaled(vector: Embedded, factor: number): Embedded {
  return vector.map((value) => factor * value);
}

export function difference(a: Embedded, b: Embedded): Embedded {
  return a.map((value, i) => value - (b[i] as number));
}

export function meanOf(vectors: readonly Embedded[]): Embedded {
  return weightedMean(
    vectors.map((mean) => ({ pictures: 1, mean })),
    vectors.length,
  );
}

export function weightedMean(
  classes: readonly { readonly pictures: number; readonly mean: Embedded }[],
  total: number,
): Embedded {
  const mean = new Float64Array(classes[0]?.mean.length ?? 0);
  for (const one of classes) add(mean, one.mean, one.pictures / total);
  return mean;
}
