// Two versions of a projection against each other on what both were estimated on: the sources and labels that they share, each
// version as it answered the pictures of a source that it was not fitted from. Paired by picture where both saw the same
// pictures. The rule that uses it is docs/decisions/safe-release.md.

import type { HeadName, ModeName } from '../answer/fitted-head.ts';
import { balancedVariance } from './comparison.ts';
import { type LeftOutRecord, notScored, shareUnit, tagBytes } from './left-out-record.ts';

export type EstimatedVersion = {
  readonly labels: readonly string[];
  readonly leftOut: LeftOutRecord;
  /** What it answers with where none is asked for. */
  readonly head: HeadName;
};

export type SourceDifference = {
  readonly name: string;
  /** Pictures compared: those of both where paired, else those of the version that has fewer. */
  readonly pictures: number;
  /** Whether the same pictures were answered by both. */
  readonly paired: boolean;
  /** Class-balanced accuracy of the next version less that of the present one, on shared labels. */
  readonly difference: number;
  readonly standardError: number;
};

export type VersionComparison = {
  readonly pictures: number;
  /** Mean over shared sources. */
  readonly difference: number;
  /** Of `difference` over pictures: √(Σ var_s) / E, and never under what one picture weighs, 1 / pictures. */
  readonly standardError: number;
  readonly sources: readonly SourceDifference[];
};

/** Answers in [0, 1] by label, then by tag; pictures of one label that share a tag are under none. */
type Answers = ReadonlyMap<string, { readonly all: readonly number[]; readonly byTag: Map<number, number> }>;

/** Of the smaller of the two: from here on the pictures of both are enough to leave the others out. */
const pairedShare = 0.5;

/** `undefined` where they share no source with a picture of a shared label. */
export function compareVersions(
  present: EstimatedVersion,
  next: EstimatedVersion,
  mode: ModeName,
): VersionComparison | undefined {
  const [before, after] = [answersOf(present, mode), answersOf(next, mode)];
  const sources = [...before].flatMap(([name, ours]) => {
    const theirs = after.get(name);
    const compared = theirs === undefined ? undefined : compareSource(name, ours, theirs);
    return compared === undefined ? [] : [compared];
  });
  return sources.length === 0 ? undefined : summarise(sources);
}

/** Every source weighs the same. */
export function summarise(sources: readonly SourceDifference[]): VersionComparison {
  const pictures = sources.reduce((sum, source) => sum + source.pictures, 0);
  const variance =
    sources.reduce((sum, { standardError }) => sum + standardError ** 2, 0) / sources.length ** 2;
  return {
    pictures,
    difference: sources.reduce((sum, { difference }) => sum + difference, 0) / sources.length,
    standardError: Math.sqrt(variance + 1 / pictures ** 2),
    sources,
  };
}

function answersOf(
  { labels, leftOut, head }: EstimatedVersion,
  mode: ModeName,
): ReadonlyMap<string, Answers> {
  const shares = leftOut.hits.find((hits) => hits.head === head && hits.mode === mode)?.shares;
  const result = new Map<string, Answers>();
  if (shares === undefined) return result;
  let row = 0;
  for (const { name, pictures } of leftOut.sources) {
    const rows = Array.from({ length: pictures }, (_, index) => row + index);
    row += pictures;
    result.set(name, answersOfSource(rows, labels, leftOut, shares));
  }
  return result;
}

function answersOfSource(
  rows: readonly number[],
  labels: readonly string[],
  { tags, classes }: LeftOutRecord,
  shares: Uint8Array,
): Answers {
  const byLabel = new Map<string, { all: number[]; byTag: Map<number, number> }>();
  const seen = new Set<string>();
  for (const row of rows) {
    const label = labels[classes[row] ?? -1];
    const share = shares[row] ?? notScored;
    if (label === undefined || share > shareUnit) continue;
    const answers = byLabel.get(label) ?? { all: [], byTag: new Map<number, number>() };
    byLabel.set(label, answers);
    const tag = (tags[row * tagBytes] as number) * 256 + (tags[row * tagBytes + 1] as number);
    answers.all.push(share / shareUnit);
    if (seen.has(`${tag} ${label}`)) answers.byTag.delete(tag);
    else answers.byTag.set(tag, share / shareUnit);
    seen.add(`${tag} ${label}`);
  }
  return byLabel;
}

function compareSource(name: string, before: Answers, after: Answers): SourceDifference | undefined {
  const labels = [...before.keys()].filter((label) => after.has(label));
  if (labels.length === 0) return undefined;
  const pairs = labels.map((label) => pairsOf(before.get(label)?.byTag, after.get(label)?.byTag));
  const [ours, theirs] = [before, after].map((answers) =>
    labels.map((label) => answers.get(label)?.all ?? []),
  );
  const [fewer, paired] = [Math.min(countOf(ours), countOf(theirs)), countOf(pairs)];
  // A label without a picture in common would be left out of a paired mean in silence.
  if (paired >= pairedShare * fewer && pairs.every((differences) => differences.length > 0)) {
    const standardError = Math.sqrt(balancedVariance(pairs));
    return { name, pictures: paired, paired: true, difference: balancedMean(pairs), standardError };
  }
  return {
    name,
    pictures: fewer,
    paired: false,
    difference: balancedMean(theirs) - balancedMean(ours),
    standardError: Math.sqrt(balancedVariance(ours ?? []) + balancedVariance(theirs ?? [])),
  };
}

function pairsOf(
  before: ReadonlyMap<number, number> | undefined,
  after: ReadonlyMap<number, number> | undefined,
): number[] {
  return [...(before ?? [])].flatMap(([tag, share]) => {
    const other = after?.get(tag);
    return other === undefined ? [] : [other - share];
  });
}

function countOf(groups: readonly (readonly number[])[] = []): number {
  return groups.reduce((sum, group) => sum + group.length, 0);
}

function balancedMean(groups: readonly (readonly number[])[] = []): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return groups.reduce((sum, group) => sum + mean(group), 0) / groups.length;
}
