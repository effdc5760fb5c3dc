// What a projection's row shows of its artefact: enough for lists, without reading the file.

import type { ArtefactHeader, HeadInfo, ModeInfo, SecondArtefactHeader } from '#shared/contracts/artefact.ts';
import type { FirstArtefactHeader } from '#shared/contracts/artefact-first.ts';
import type { Estimate } from '#shared/contracts/fit-report.ts';
import type { ProjectionMode } from '#shared/contracts/projection.ts';
import type { Publication } from '../stores/projection-publication.ts';
import type { ProjectionHead } from '../stores/projection-record.ts';

export function describeArtefact(
  header: ArtefactHeader,
  artefactBytes: number,
): Omit<Publication, 'parts' | 'statisticsKey'> {
  const { model, labels, contentHash } = header;
  return {
    model,
    labels,
    contentHash,
    artefactBytes,
    heads:
      header.format === 'icm/1'
        ? header.heads.map((head) => describeFirst(head, header))
        : header.heads.map((head) => describeHead(head, header)),
  };
}

function describeFirst(
  { head, estimator, lambda, dimension, alpha }: FirstArtefactHeader['heads'][number],
  { selection, templates }: FirstArtefactHeader,
): ProjectionHead {
  const selected = selection.heads.find((candidate) => candidate.head === head);
  // A choice that the caller fixed is scored on environments left out all the same, where there are two of them.
  const isLeftOut =
    selection.mode !== 'leave-one-intervention-out' && selection.folds.length > 0 && selected !== undefined;
  const leftOut = isLeftOut
    ? {
        clip: selected.identity.score,
        projection: selected.chosen.score,
        standardError: selected.pictureStandardError ?? selected.standardError,
      }
    : undefined;
  return describeNumbers({ head, estimator, dimension, lambda, alpha }, templates, leftOut);
}

/** What answers without a profile stands at the top, as it always has. */
function describeHead(
  { head, unprofiled, profiled }: HeadInfo,
  { report, templates }: SecondArtefactHeader,
): ProjectionHead {
  const { estimator, dimension, lambda, alpha } = unprofiled;
  const reported = report.heads.find((candidate) => candidate.head === head);
  const estimate = reported?.unprofiled.estimate;
  const leftOut = estimate && {
    clip: estimate.plain,
    projection: estimate.accuracy,
    standardError: estimate.environmentError,
  };
  return {
    ...describeNumbers({ head, estimator, dimension, lambda, alpha }, templates, leftOut),
    modes: {
      unprofiled: describeMode(unprofiled, estimate),
      ...(profiled === undefined ? {} : { profiled: describeMode(profiled, reported?.profiled.estimate) }),
    },
  };
}

type HeadNumbers = Pick<ProjectionHead, 'head' | 'estimator' | 'dimension'> & {
  readonly lambda: number | undefined;
  readonly alpha: number | undefined;
};

/** What rows of both formats say of a head. */
function describeNumbers(
  { head, estimator, dimension, lambda, alpha }: HeadNumbers,
  templates: readonly string[],
  leftOut: ProjectionHead['leftOut'] | undefined,
): ProjectionHead {
  return {
    head,
    estimator,
    dimension,
    ...(lambda === undefined ? {} : { lambda }),
    ...(alpha === undefined ? {} : { alpha }),
    ...(templates.length === 0 ? {} : { templates: [...templates] }),
    ...(leftOut === undefined ? {} : { leftOut }),
  };
}

function describeMode(
  { choice, estimator, lambda, dimension, centred }: ModeInfo,
  estimate: Estimate | undefined,
): ProjectionMode {
  if (estimate === undefined) {
    return { choice, estimator, dimension, centred, ...(lambda === undefined ? {} : { lambda }) };
  }
  const { sources: _, ...figures } = estimate;
  return {
    choice,
    estimator,
    dimension,
    centred,
    ...(lambda === undefined ? {} : { lambda }),
    estimate: figures,
  };
}
