// Whether a version that has become ready may answer for its name at once: not where it is below the present one by more than
// the error, nor where nothing says what it is worth. The rule and how often it errs: docs/decisions/safe-release.md.

import type { VersionRecord } from '#shared/codec/icm-file.ts';
import type { HeadInfo, SecondArtefactHeader } from '#shared/contracts/artefact.ts';
import type { ModeName } from '#shared/contracts/fit-report.ts';
import type { ReleaseVerdict, ReleaseWish } from '#shared/contracts/release.ts';
import { formatGain } from '#shared/figures/gain.ts';
import type { VersionComparison } from '#shared/math/fit/compare-versions.ts';
import { compareMode, sameAnswers } from './compare-mode.ts';

/** What the name means while the new version is judged. */
export type Present = {
  readonly version: number;
  readonly pinned: boolean;
  /** `undefined` where its artefact cannot be read any more. */
  readonly record: VersionRecord | undefined;
};

/** Standard errors by which it may be below. */
const errorsBelow = 1;
/** What it may have lost, as far as the comparison can tell: a difference one error lower is no more than this below. */
const largestLoss = 0.05;
/** Of the labels of either version, and of the sources that the present one was estimated on. */
const sharedShare = 0.5;

const modeWords: Readonly<Record<ModeName, string>> = {
  unprofiled: 'without a profile',
  profiled: 'with a profile',
};

export function judgeRelease(
  version: number,
  record: VersionRecord,
  wish: ReleaseWish,
  present: Present | undefined,
): ReleaseVerdict {
  if (wish === 'candidate') return held('It was asked to stay a candidate.', present);
  if (present === undefined) return { released: true, reason: 'It was the first version to be ready.' };
  const { version: against, pinned } = present;
  if (pinned) return held(`The name is pinned to version ${against}.`, present);
  if (against > version) return held(`Version ${against} is newer, and answers already.`, present);
  if (wish === 'current') {
    return { released: true, reason: 'It was asked to be current, whatever it is worth.', against };
  }
  if (present.record?.header.contentHash === record.header.contentHash) {
    return { released: true, reason: `It is the same as version ${against}.`, against };
  }
  return judgeWorth(record, present);
}

function judgeWorth(record: VersionRecord, present: Present): ReleaseVerdict {
  const { version: against, record: before } = present;
  if (before === undefined)
    return held(`Version ${against} cannot be read, so nothing is known of it.`, present);
  const [was, is] = [before.header, record.header];
  if (was.format === 'icm/1' || is.format === 'icm/1') {
    return held(
      'One of the two is a file of the first format, which does not say enough to compare.',
      present,
    );
  }
  const missing = missingHead(was, is);
  if (missing !== undefined) return held(missing, present);
  const labels = sharedLabels(was, is);
  const counted = { against, head: headOf(was).head, labels };
  if (labels.shared < sharedShare * Math.max(labels.present, labels.candidate)) {
    const words = `It shares ${labels.shared} labels with version ${against}, which has ${labels.present}; it has ${labels.candidate}.`;
    return { ...counted, released: false, reason: `${words} That is too few to compare.` };
  }
  const modes = modesOf(was).map((mode) => judgeMode(mode, before, record, against));
  const comparisons = modes.flatMap(({ comparison, mode }) => {
    return comparison === undefined ? [] : [{ ...comparison, mode, sources: [...comparison.sources] }];
  });
  const failing = modes.filter(({ passes }) => !passes);
  const told = (failing.length > 0 ? failing : modes).map(({ words }) => words);
  return {
    ...counted,
    released: failing.length === 0,
    reason: [...new Set(told), ...labelWords(labels)].join(' '),
    ...(comparisons.length === 0 ? {} : { comparisons }),
  };
}

type ModeVerdict = {
  readonly mode: ModeName;
  readonly passes: boolean;
  readonly words: string;
  readonly comparison?: VersionComparison;
};

function judgeMode(
  mode: ModeName,
  before: VersionRecord,
  after: VersionRecord,
  against: number,
): ModeVerdict {
  if (sameAnswers(before, after, mode)) {
    return { mode, passes: true, words: `It answers as version ${against} does, ${modeWords[mode]}.` };
  }
  const comparison = compareMode(before, after, mode);
  const tooLittle = whyTooLittle(comparison, before, mode, against);
  if (comparison === undefined || tooLittle !== undefined) {
    return { mode, passes: false, words: tooLittle ?? '', ...(comparison && { comparison }) };
  }
  const { difference, standardError, pictures, sources } = comparison;
  const passes = !isBelow(comparison);
  const gain = `${formatGain(difference, standardError)} points against version ${against}, ${modeWords[mode]}`;
  const of = `on ${pictures} pictures of ${sources.length} ${sources.length === 1 ? 'source' : 'sources'} left out`;
  return { mode, passes, words: `${passes ? 'Not below' : 'Below'}: ${gain}, ${of}.`, comparison };
}

function isBelow({ difference, standardError }: VersionComparison): boolean {
  return difference < -errorsBelow * standardError;
}

function whyTooLittle(
  comparison: VersionComparison | undefined,
  before: VersionRecord,
  mode: ModeName,
  against: number,
): string | undefined {
  if (comparison === undefined) {
    return `Nothing compares it with version ${against} ${modeWords[mode]}: they were not both estimated on a source and labels that they share.`;
  }
  const { sources, standardError, pictures } = comparison;
  const estimated = before.leftOut?.sources.length ?? sources.length;
  if (sources.length < sharedShare * estimated) {
    return `It shares ${sources.length} of the ${estimated} sources that version ${against} was estimated on: too few to compare.`;
  }
  if (isBelow(comparison) || comparison.difference - standardError >= -largestLoss) return undefined;
  const error = formatGain(comparison.difference, standardError);
  return `${pictures} pictures are too few to compare it with version ${against} ${modeWords[mode]}: ${error} points.`;
}

function held(reason: string, present: Present | undefined): ReleaseVerdict {
  return { released: false, reason, ...(present === undefined ? {} : { against: present.version }) };
}

/** Callers may ask for any head, and for a profile: what they can have now they must have then. */
function missingHead(was: SecondArtefactHeader, is: SecondArtefactHeader): string | undefined {
  for (const { head, profiled } of was.heads) {
    const found = is.heads.find((candidate) => candidate.head === head);
    if (found === undefined) return `It has no ${head} head, and the present version has one.`;
    if (profiled !== undefined && found.profiled === undefined) {
      return 'It does not answer with profiles, and the present version does.';
    }
  }
  return undefined;
}

function sharedLabels(was: SecondArtefactHeader, is: SecondArtefactHeader) {
  const shared = was.labels.filter((label) => is.labels.includes(label)).length;
  return { shared, present: was.labels.length, candidate: is.labels.length };
}

function labelWords({ shared, present, candidate }: ReturnType<typeof sharedLabels>): string[] {
  if (shared === present && shared === candidate) return [];
  return [`The labels differ: compared on the ${shared} that they share, of ${present} and ${candidate}.`];
}

function modesOf(was: SecondArtefactHeader): ModeName[] {
  return headOf(was).profiled === undefined ? ['unprofiled'] : ['unprofiled', 'profiled'];
}

/** What a request gets that names none. */
export function headOf({ heads }: SecondArtefactHeader): HeadInfo {
  const [first] = heads;
  if (first === undefined) throw new Error('an artefact without a head was taken');
  return first;
}
