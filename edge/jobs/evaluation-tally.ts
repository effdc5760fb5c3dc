// Counts of an evaluation that add up: one tally a shard, summed, then turned into a report. Bounded whatever the number of
// pictures: calibration is kept in bins, and of single pictures only those that moved most.

import { z } from 'zod';
import {
  EvaluatedPicture,
  type EvaluationDifference,
  type EvaluationReport,
  type EvaluationScores,
} from '#shared/contracts/evaluation.ts';

const binCount = 15;
const keptPictures = 12;

const Bin = z.object({ pictures: z.number(), confidence: z.number(), right: z.number() });
const Side = z.object({ right: z.number(), bins: z.array(Bin).length(binCount) });
const EnvironmentTally = z.object({
  pictures: z.number(),
  clip: Side,
  projection: Side,
  /** Pictures that turned right or wrong; a shard tallied by an earlier version did not count them. */
  turned: z.number().optional(),
});
const ClassTally = z.object({ pictures: z.number(), clipRight: z.number(), projectionRight: z.number() });
/** By name as pairs: as an object's key, a tenant's `__proto__` would be lost. */
const named = <T extends z.ZodType>(tally: T) => z.array(z.tuple([z.string(), tally]));
/** `gain`: by how much the probability of the right class rose. */
const Moved = z.object({ gain: z.number(), picture: EvaluatedPicture });

export const Tally = z.object({
  skipped: z.object({ withoutClass: z.number(), otherClass: z.number(), unreadable: z.number() }),
  environments: named(EnvironmentTally),
  classes: named(ClassTally),
  flips: z.object({ changed: z.number(), corrected: z.number(), broken: z.number() }),
  corrected: z.array(Moved),
  broken: z.array(Moved),
});
export type Tally = z.infer<typeof Tally>;
type Side = z.infer<typeof Side>;

export function emptyTally(): Tally {
  return {
    skipped: { withoutClass: 0, otherClass: 0, unreadable: 0 },
    environments: [],
    classes: [],
    flips: { changed: 0, corrected: 0, broken: 0 },
    corrected: [],
    broken: [],
  };
}

/** One picture with both answers; `gain` as in Moved. */
export function addPicture(tally: Tally, picture: EvaluatedPicture, gain: number): void {
  const { clip, projection, environment, class: label } = picture;
  const [clipRight, right] = [clip.label === label, projection.label === label];
  const here = tallyOf(tally.environments, environment, () => ({
    pictures: 0,
    clip: emptySide(),
    projection: emptySide(),
    turned: 0,
  }));
  here.pictures += 1;
  if (here.turned !== undefined) here.turned += Number(clipRight !== right);
  addAnswer(here.clip, clip.probability, clipRight);
  addAnswer(here.projection, projection.probability, right);
  const its = tallyOf(tally.classes, label, () => ({ pictures: 0, clipRight: 0, projectionRight: 0 }));
  its.pictures += 1;
  its.clipRight += Number(clipRight);
  its.projectionRight += Number(right);
  if (clip.label !== projection.label) tally.flips.changed += 1;
  if (!clipRight && right) {
    tally.flips.corrected += 1;
    tally.corrected = mostMoved([...tally.corrected, { gain, picture }]);
  }
  if (clipRight && !right) {
    tally.flips.broken += 1;
    tally.broken = mostMoved([...tally.broken, { gain, picture }]);
  }
}

export function addTallies(a: Tally, b: Tally): Tally {
  return {
    skipped: addFields(a.skipped, b.skipped),
    environments: addNamed(a.environments, b.environments, (x, y) => ({
      pictures: x.pictures + y.pictures,
      clip: addSides(x.clip, y.clip),
      projection: addSides(x.projection, y.projection),
      turned: x.turned === undefined || y.turned === undefined ? undefined : x.turned + y.turned,
    })),
    classes: addNamed(a.classes, b.classes, addFields),
    flips: addFields(a.flips, b.flips),
    corrected: mostMoved([...a.corrected, ...b.corrected]),
    broken: mostMoved([...a.broken, ...b.broken]),
  };
}

export function reportOf(tally: Tally, subject: Pick<EvaluationReport, 'model' | 'head'>): EvaluationReport {
  const environments = byName(tally.environments).map(([name, own]) => ({
    name,
    pictures: own.pictures,
    clip: scoresOf(own.clip, own.pictures),
    projection: scoresOf(own.projection, own.pictures),
    ...differenceOf(own),
  }));
  return {
    ...subject,
    pictures: environments.reduce((total, { pictures }) => total + pictures, 0),
    skipped: tally.skipped,
    environments,
    macro: {
      clip: meanScores(environments.map(({ clip }) => clip)),
      projection: meanScores(environments.map(({ projection }) => projection)),
      ...meanDifference(environments.map(({ difference }) => difference)),
    },
    flips: tally.flips,
    classes: byName(tally.classes).map(([name, { pictures, clipRight, projectionRight }]) => ({
      name,
      pictures,
      clipRecall: clipRight / pictures,
      projectionRecall: projectionRight / pictures,
    })),
    mostCorrected: tally.corrected.map(({ picture }) => picture),
    mostBroken: tally.broken.map(({ picture }) => picture),
  };
}

function emptySide(): Side {
  return {
    right: 0,
    bins: Array.from({ length: binCount }, () => ({ pictures: 0, confidence: 0, right: 0 })),
  };
}

function addAnswer(side: Side, probability: number, isRight: boolean): void {
  side.right += Number(isRight);
  const bin = side.bins[Math.min(binCount - 1, Math.floor(probability * binCount))];
  if (bin === undefined) return;
  bin.pictures += 1;
  bin.confidence += probability;
  bin.right += Number(isRight);
}

function addSides(a: Side, b: Side): Side {
  return {
    right: a.right + b.right,
    bins: a.bins.map((bin, index) =>
      addFields(bin, b.bins[index] ?? { pictures: 0, confidence: 0, right: 0 }),
    ),
  };
}

/** Expected calibration error: mean over pictures of |share right − mean confidence| of their bin. */
function scoresOf({ right, bins }: Side, pictures: number): EvaluationScores {
  const error = bins.reduce((total, bin) => total + Math.abs(bin.right - bin.confidence), 0);
  return { accuracy: right / pictures, calibrationError: Math.min(1, error / pictures) };
}

/** Paired: a picture adds +1, 0 or −1. One more picture could always have gone otherwise, however many agree. */
function differenceOf({ pictures, clip, projection, turned }: z.infer<typeof EnvironmentTally>): {
  difference?: EvaluationDifference;
} {
  if (turned === undefined) return {};
  const accuracy = (projection.right - clip.right) / pictures;
  const variance = pictures < 2 ? 0 : (turned / pictures - accuracy ** 2) / (pictures - 1);
  return { difference: { accuracy, standardError: Math.sqrt(variance + 1 / pictures ** 2) } };
}

function meanDifference(differences: readonly (EvaluationDifference | undefined)[]): {
  difference?: EvaluationDifference;
} {
  const known = differences.filter((difference) => difference !== undefined);
  if (known.length === 0 || known.length < differences.length) return {};
  const accuracy = known.reduce((sum, own) => sum + own.accuracy, 0) / known.length;
  const squares = known.reduce((sum, { standardError }) => sum + standardError ** 2, 0);
  return { difference: { accuracy, standardError: Math.sqrt(squares) / known.length } };
}

function meanScores(scores: readonly EvaluationScores[]): EvaluationScores {
  const mean = (of: (score: EvaluationScores) => number) =>
    scores.length === 0 ? 0 : scores.reduce((total, score) => total + of(score), 0) / scores.length;
  return {
    accuracy: mean(({ accuracy }) => accuracy),
    calibrationError: mean(({ calibrationError }) => calibrationError),
  };
}

/** Those that moved most; of equals the smaller id, so that the order of shards does not matter. */
function mostMoved(moved: Tally['corrected']): Tally['corrected'] {
  return [...moved]
    .sort((a, b) => Math.abs(b.gain) - Math.abs(a.gain) || (a.picture.itemId < b.picture.itemId ? -1 : 1))
    .slice(0, keptPictures);
}

function addFields<Fields extends Record<string, number>>(a: Fields, b: Fields): Fields {
  return Object.fromEntries(Object.keys(a).map((key) => [key, (a[key] ?? 0) + (b[key] ?? 0)])) as Fields;
}

type Named<T> = readonly (readonly [string, T])[];

/** The tally of `name`, put there where it is missing. */
function tallyOf<T>(list: [string, T][], name: string, make: () => T): T {
  const known = list.find(([of]) => of === name);
  if (known !== undefined) return known[1];
  const made = make();
  list.push([name, made]);
  return made;
}

function addNamed<T>(a: Named<T>, b: Named<T>, add: (x: T, y: T) => T): [string, T][] {
  const sum = new Map(a);
  for (const [name, value] of b) {
    const known = sum.get(name);
    sum.set(name, known === undefined ? value : add(known, value));
  }
  return [...sum];
}

function byName<T>(list: Named<T>): (readonly [string, T])[] {
  return [...list].sort(([a], [b]) => (a < b ? -1 : 1));
}
