// Whether an intervention keeps what tells the classes apart: a probe learns from pictures as they are and answers held-out ones
// before and after the intervention. It sees what plain CLIP's own answers do not: colour may decide ripeness and CLIP ignore it.

import { probeFeatureScale, probeLogits, trainProbe } from '../answer/probe.ts';
import { argmaxOfRows, concatenateRows, takeRows } from '../linear/vector.ts';
import type { FitInput } from './fit-input.ts';
import { harmfulFlipRate } from './flips.ts';
import { isAboveChance } from './policy.ts';
import { sampledPairs } from './sampled-pairs.ts';

/** Accuracy on the pictures that had the intervention. */
export type ProbeVerdict = { readonly before: number; readonly after: number; readonly pictures: number };

const halves = [0, 1];
/** Of pictures with edits, at most so many of all sources together are enough for a verdict. */
const verdictRows = 1000;
/** Share of a probe's right answers whose loss is no accident of a model that is a little less sure. */
const tellingLoss = 0.2;
/** By how much that share is to exceed the share of answers that plain CLIP changes. */
const tellingLead = 0.1;
const stopping = { maxIterations: 20, gradientTolerance: 1, relativeDecrease: 1e-3, memory: 6 };

type PairedPictures = {
  readonly embeddings: Float32Array;
  readonly classes: Int32Array;
  /** The half that each answers in: pictures of one class take turns. */
  readonly half: Uint8Array;
  /** [intervention]: rows of `embeddings`, and what the intervention made of them. */
  readonly edited: readonly { readonly rows: Int32Array; readonly embeddings: Float32Array }[];
};

/**
 * One for each intervention, over the labelled sources named; `undefined` where no labelled picture had it. Two-fold: each half of
 * the pictures is answered by a probe of the other.
 */
export function probeVerdicts(input: FitInput, sources: readonly number[]): (ProbeVerdict | undefined)[] {
  const { classCount, statistics } = input;
  const { dimension, interventionCount } = statistics;
  const pictures = pairedPictures(input, sources);
  const none = Array.from({ length: interventionCount }, () => undefined);
  if (pictures === undefined || new Set(pictures.classes).size < 2) return none;
  if (halves.some((half) => !pictures.half.includes(half))) return none;
  const tallies = none.map(() => ({ pictures: 0, before: 0, after: 0 }));
  for (const half of halves) {
    const learned = [...pictures.classes.keys()].filter((row) => pictures.half[row] !== half);
    const probe = trainProbe({
      features: scaled(takeRows(pictures.embeddings, learned, dimension)),
      classes: Int32Array.from(learned, (row) => pictures.classes[row] as number),
      classCount,
      dimension,
      precision: 'float32',
      stopping,
    });
    const answer = (rows: Float32Array) =>
      argmaxOfRows(probeLogits(probe, scaled(rows), dimension), classCount);
    const before = answer(pictures.embeddings);
    for (const [index, { rows, embeddings }] of pictures.edited.entries()) {
      const tally = tallies[index];
      const asked = [...rows.keys()].filter((at) => pictures.half[rows[at] as number] === half);
      const after = answer(takeRows(embeddings, asked, dimension));
      for (const [place, at] of asked.entries()) {
        const row = rows[at] as number;
        if (tally === undefined) continue;
        tally.pictures++;
        if (before[row] === pictures.classes[row]) tally.before++;
        if (after[place] === pictures.classes[row]) tally.after++;
      }
    }
  }
  return tallies.map(({ pictures: count, before, after }) =>
    count === 0 ? undefined : { before: before / count, after: after / count, pictures: count },
  );
}

/** Whether after an intervention at least half is left of what a probe knows above chance; also where it knows nothing. */
export function keepsContent(verdict: ProbeVerdict, classCount: number): boolean {
  const { before, after } = verdict;
  const chance = 1 / classCount;
  if (!isKnown(verdict, classCount) || !hasFallen(verdict)) return true;
  return after - chance >= (before - chance) / 2;
}

/**
 * Whether classes are told apart by what an intervention changes: the probe loses a fifth of its right answers or more, and a
 * clearly larger share than plain CLIP changes of its own. Where both suffer alike, the model does not know pictures after it.
 */
export function tellsClassesApart(verdict: ProbeVerdict, classCount: number, flipRate: number): boolean {
  const { before, after } = verdict;
  if (!isKnown(verdict, classCount) || !hasFallen(verdict)) return false;
  if (flipRate > harmfulFlipRate) return false;
  return (before - after) / before > Math.max(tellingLoss, flipRate + tellingLead);
}

function isKnown({ before, pictures }: ProbeVerdict, classCount: number): boolean {
  return isAboveChance(before, pictures, classCount);
}

/** By more than two standard errors. */
function hasFallen({ before, after, pictures }: ProbeVerdict): boolean {
  return before - after > 2 * Math.sqrt((before * (1 - before) + after * (1 - after)) / pictures);
}

/** Labelled pictures of the sources that keep their intervened embeddings; `undefined` without any. */
function pairedPictures(
  { sample, statistics }: FitInput,
  sources: readonly number[],
): PairedPictures | undefined {
  const { dimension, interventionCount } = statistics;
  const each = Math.max(2, Math.floor(verdictRows / Math.max(1, sources.length)));
  const embeddings: Float32Array[] = [];
  const classes: number[] = [];
  const edited = Array.from({ length: interventionCount }, () => ({
    rows: [] as number[],
    parts: [] as Float32Array[],
  }));
  for (const source of sources) {
    const environment = sample.environments[source];
    if (environment === undefined) continue;
    const kept = [...environment.pairs.rows]
      .filter((row) => (environment.classes[row] ?? -1) >= 0)
      .slice(0, each);
    const place = new Map(kept.map((row, at) => [row, classes.length + at]));
    embeddings.push(takeRows(environment.embeddings, kept, dimension));
    classes.push(...kept.map((row) => environment.classes[row] as number));
    for (const [index, target] of edited.entries()) {
      const { rows, intervened } = sampledPairs(environment, index, interventionCount, dimension);
      const asked = [...rows.keys()].filter((at) => place.has(rows[at] as number));
      target.rows.push(...asked.map((at) => place.get(rows[at] as number) as number));
      target.parts.push(takeRows(intervened, asked, dimension));
    }
  }
  if (classes.length < 2) return undefined;
  return {
    embeddings: concatenateRows(embeddings),
    classes: Int32Array.from(classes),
    half: halvesOf(classes),
    edited: edited.map((one) => ({
      rows: Int32Array.from(one.rows),
      embeddings: concatenateRows(one.parts),
    })),
  };
}

/** 0 and 1 in turn within each class. */
function halvesOf(classes: readonly number[]): Uint8Array<ArrayBuffer> {
  const turns = new Map<number, number>();
  return Uint8Array.from(classes, (label) => {
    const turn = turns.get(label) ?? 0;
    turns.set(label, turn + 1);
    return turn % 2;
  });
}

function scaled(rows: Float32Array): Float32Array {
  return rows.map((value) => probeFeatureScale * value);
}
