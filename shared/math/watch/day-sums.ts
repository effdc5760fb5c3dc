// What is kept of the pictures that one environment was asked about in a day: sums only, no picture and no embedding. The sum of
// all, of each answered label, and of some tens of blocks of pictures that came one after the other, whose scatter says how
// far the day's mean can be trusted where pictures resemble their neighbours. All of it adds.

/** Pictures in the order in which they came: one block after the other. */
type Block = {
  pictures: number;
  readonly sum: Float64Array<ArrayBuffer>;
  readonly counts: Map<number, number>;
};

/** Pictures that were answered with one label. */
type Stratum = { pictures: number; readonly sum: Float64Array };

export type DaySums = {
  /** d. */
  readonly dimension: number;
  pictures: number;
  abstained: number;
  /** Σ of the answered distribution [c]. */
  readonly answered: Float64Array;
  /** How many pictures each label was the best of [c]. */
  readonly counts: Float64Array;
  /** By the index of the label; `otherLabels` for all that have none of their own. */
  strata: Map<number, Stratum>;
  blocks: Block[];
  /** How many pictures a block has at least, but for the last. */
  blockPictures: number;
};

/** The stratum of labels for which there was no room. */
export const otherLabels = -1;

/** What the sums of blocks, and those of labels, may take as float32. */
const mostBytes = 256 * 1024;

/** Even, since they are joined in pairs. */
export function mostBlocks(dimension: number): number {
  return Math.max(8, Math.min(32, 2 * Math.floor(mostBytes / (8 * dimension))));
}

export function mostStrata(dimension: number): number {
  return Math.max(8, Math.min(64, Math.floor(mostBytes / (4 * dimension))));
}

export function emptyDay(dimension: number, labels: number): DaySums {
  return {
    dimension,
    pictures: 0,
    abstained: 0,
    answered: new Float64Array(labels),
    counts: new Float64Array(labels),
    strata: new Map(),
    blocks: [],
    blockPictures: 1,
  };
}

/** One answered picture: row `row` of unit embeddings [n, d] and of probabilities [n, c]. Some 1,500 additions at d = 512. */
export function addAnswer(
  day: DaySums,
  rows: Float32Array,
  probabilities: Float32Array,
  row: number,
  abstained: boolean,
): void {
  const { dimension, answered } = day;
  const labels = answered.length;
  let best = 0;
  for (let c = 0, at = row * labels; c < labels; c++, at++) {
    const probability = probabilities[at] as number;
    answered[c] = (answered[c] as number) + probability;
    if (probability > (probabilities[row * labels + best] as number)) best = c;
  }
  day.counts[best] = (day.counts[best] as number) + 1;
  const label = day.strata.has(best) || day.strata.size < mostStrata(dimension) - 1 ? best : otherLabels;
  const stratum = stratumOf(day, label);
  const block = openBlock(day);
  for (let i = 0, at = row * dimension; i < dimension; i++, at++) {
    const value = rows[at] as number;
    stratum.sum[i] = (stratum.sum[i] as number) + value;
    block.sum[i] = (block.sum[i] as number) + value;
  }
  stratum.pictures++;
  block.pictures++;
  block.counts.set(label, (block.counts.get(label) ?? 0) + 1);
  day.pictures++;
  if (abstained) day.abstained++;
}

function stratumOf({ strata, dimension }: DaySums, label: number): Stratum {
  const known = strata.get(label);
  if (known !== undefined) return known;
  const made = { pictures: 0, sum: new Float64Array(dimension) };
  strata.set(label, made);
  return made;
}

function openBlock(day: DaySums): Block {
  const last = day.blocks.at(-1);
  if (last !== undefined && last.pictures < day.blockPictures) return last;
  if (day.blocks.length >= mostBlocks(day.dimension)) {
    day.blockPictures *= 2;
    day.blocks = joinBlocks(day.blocks, day.blockPictures);
  }
  const made = { pictures: 0, sum: new Float64Array(day.dimension), counts: new Map<number, number>() };
  day.blocks.push(made);
  return made;
}

/** Neighbours joined until each has as many pictures as asked, but for the last. */
export function joinBlocks(blocks: readonly Block[], pictures: number): Block[] {
  const joined: Block[] = [];
  for (const block of blocks) {
    const last = joined.at(-1);
    if (last === undefined || last.pictures >= pictures) {
      joined.push({ ...block, sum: block.sum.slice(), counts: new Map(block.counts) });
      continue;
    }
    last.pictures += block.pictures;
    addTo(last.sum, block.sum);
    addCounts(last.counts, block.counts);
  }
  return joined;
}

/** What came earlier, then what came later, of equal shape; neither is changed. */
export function mergeDays(earlier: DaySums, later: DaySums): DaySums {
  const { dimension } = earlier;
  const merged = emptyDay(dimension, earlier.answered.length);
  merged.pictures = earlier.pictures + later.pictures;
  merged.abstained = earlier.abstained + later.abstained;
  for (const { answered, counts, strata } of [earlier, later]) {
    addTo(merged.answered, answered);
    addTo(merged.counts, counts);
    for (const [label, stratum] of strata) {
      const own = stratumOf(merged, label);
      own.pictures += stratum.pictures;
      addTo(own.sum, stratum.sum);
    }
  }
  merged.blockPictures = Math.max(earlier.blockPictures, later.blockPictures);
  merged.blocks = joinBlocks([...earlier.blocks, ...later.blocks], merged.blockPictures);
  while (merged.blocks.length > mostBlocks(dimension)) {
    merged.blockPictures *= 2;
    merged.blocks = joinBlocks(merged.blocks, merged.blockPictures);
  }
  keepLargestStrata(merged);
  return merged;
}

/** Σx [d]. */
export function sumOfDay({ blocks, dimension }: DaySums): Float64Array<ArrayBuffer> {
  const sum = new Float64Array(dimension);
  for (const block of blocks) addTo(sum, block.sum);
  return sum;
}

/** Labels beyond the room for them join the others, those of fewest pictures first. */
function keepLargestStrata(day: DaySums): void {
  const most = mostStrata(day.dimension);
  if (day.strata.size <= most) return;
  const ordered = [...day.strata.keys()]
    .filter((label) => label !== otherLabels)
    .toSorted((a, b) => picturesOf(day, b) - picturesOf(day, a) || a - b);
  for (const label of ordered.slice(most - 1)) {
    const gone = stratumOf(day, label);
    const others = stratumOf(day, otherLabels);
    others.pictures += gone.pictures;
    addTo(others.sum, gone.sum);
    day.strata.delete(label);
    for (const { counts } of day.blocks) {
      const count = counts.get(label);
      if (count === undefined) continue;
      counts.delete(label);
      counts.set(otherLabels, (counts.get(otherLabels) ?? 0) + count);
    }
  }
}

function picturesOf({ strata }: DaySums, label: number): number {
  return strata.get(label)?.pictures ?? 0;
}

function addCounts(counts: Map<number, number>, more: ReadonlyMap<number, number>): void {
  for (const [label, count] of more) counts.set(label, (counts.get(label) ?? 0) + count);
}

function addTo(sum: Float64Array, more: ArrayLike<number>): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (more[i] as number);
}
