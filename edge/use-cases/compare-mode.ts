// How a version does against another in one mode, by the best that their files hold: the same pictures left out, answered by
// both; else what each gained over plain CLIP, where both were asked the same of the same model.

import type { VersionRecord } from '#shared/codec/icm-file.ts';
import type { SecondArtefactHeader } from '#shared/contracts/artefact.ts';
import type { ModeName } from '#shared/contracts/fit-report.ts';
import {
  compareVersions,
  type EstimatedVersion,
  type SourceDifference,
  summarise,
  type VersionComparison,
} from '#shared/math/fit/compare-versions.ts';

/** Whether both are plain CLIP with the same question: then they cannot differ. */
export function sameAnswers(before: VersionRecord, after: VersionRecord, mode: ModeName): boolean {
  const [was, is] = [before.header, after.header];
  if (was.format === 'icm/1' || is.format === 'icm/1') return false;
  return sameQuestion(was, is) && isPlain(was, mode) && isPlain(is, mode);
}

export function compareMode(
  before: VersionRecord,
  after: VersionRecord,
  mode: ModeName,
): VersionComparison | undefined {
  const [was, is] = [before.header, after.header];
  if (was.format === 'icm/1' || is.format === 'icm/1') return undefined;
  const [present, next] = [estimated(was, before), estimated(is, after)];
  if (present !== undefined && next !== undefined) return compareVersions(present, next, mode);
  return sameQuestion(was, is) ? compareGains(was, is, mode) : undefined;
}

function estimated(header: SecondArtefactHeader, { leftOut }: VersionRecord): EstimatedVersion | undefined {
  const head = header.heads[0]?.head;
  if (leftOut === undefined || head === undefined) return undefined;
  return { labels: header.labels, leftOut, head };
}

/** The same labels in the same words, so that plain CLIP answers both alike. */
function sameQuestion(was: SecondArtefactHeader, is: SecondArtefactHeader): boolean {
  const asked = ({ model, labels, templates, heads }: SecondArtefactHeader) =>
    JSON.stringify([model.id, model.revision, labels.toSorted(), templates, heads[0]?.head]);
  return asked(was) === asked(is);
}

function isPlain({ heads }: SecondArtefactHeader, mode: ModeName): boolean {
  const [first] = heads;
  return first?.head === 'zero-shot' && (first[mode] ?? first.unprofiled).choice === 'plain';
}

type Gain = { readonly pictures: number; readonly gain: number; readonly standardError: number };

/** By source, over plain CLIP; a version that is plain CLIP gains nothing anywhere. */
function compareGains(
  was: SecondArtefactHeader,
  is: SecondArtefactHeader,
  mode: ModeName,
): VersionComparison | undefined {
  const [before, after] = [gainsOf(was, mode), gainsOf(is, mode)];
  const names = [...(before ?? after ?? new Map<string, Gain>()).keys()];
  const sources = names.flatMap((name): SourceDifference[] => {
    const [ours, theirs] = [before?.get(name), after?.get(name)];
    if ((before !== undefined && ours === undefined) || (after !== undefined && theirs === undefined))
      return [];
    const [pictures, other] = [(ours ?? theirs)?.pictures ?? 0, (theirs ?? ours)?.pictures ?? 0];
    // Of other pictures plain CLIP's own accuracy is another.
    if (pictures !== other || pictures === 0) return [];
    const difference = (theirs?.gain ?? 0) - (ours?.gain ?? 0);
    const standardError = Math.hypot(theirs?.standardError ?? 0, ours?.standardError ?? 0);
    return [
      { name, pictures, paired: before === undefined || after === undefined, difference, standardError },
    ];
  });
  return sources.length === 0 ? undefined : summarise(sources);
}

/** `undefined` for plain CLIP; empty where nothing was estimated. */
function gainsOf(header: SecondArtefactHeader, mode: ModeName): ReadonlyMap<string, Gain> | undefined {
  if (isPlain(header, mode)) return undefined;
  const reported = header.report.heads.find(({ head }) => head === header.heads[0]?.head);
  return new Map(reported?.[mode].estimate?.sources.map((source) => [source.name, source]));
}
