// What a projection's row shows of its artefact: enough for lists, without reading the file.

import type { ArtefactHeader } from '#shared/contracts/artefact.ts';
import type { ProjectionHead, Publication } from '../stores/projection-store.ts';

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
    heads: header.heads.map((head) => describeHead(head, header)),
  };
}

function describeHead(
  { head, estimator, lambda, dimension, alpha }: ArtefactHeader['heads'][number],
  { selection, templates }: ArtefactHeader,
): ProjectionHead {
  const selected = selection.heads.find((candidate) => candidate.head === head);
  // A choice that the caller fixed is scored on environments left out all the same, where there are two of them.
  const isLeftOut =
    selection.mode !== 'leave-one-intervention-out' && selection.folds.length > 0 && selected !== undefined;
  return {
    head,
    estimator,
    dimension,
    ...(lambda === undefined ? {} : { lambda }),
    ...(alpha === undefined ? {} : { alpha }),
    ...(templates.length === 0 ? {} : { templates }),
    ...(isLeftOut
      ? {
          leftOut: {
            clip: selected.identity.score,
            projection: selected.chosen.score,
            standardError: selected.pictureStandardError ?? selected.standardError,
          },
        }
      : {}),
  };
}
