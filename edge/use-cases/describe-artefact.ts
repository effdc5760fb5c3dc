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
  { selection }: ArtefactHeader,
): ProjectionHead {
  const selected = selection.heads.find((candidate) => candidate.head === head);
  const isLeftOut = selection.mode === 'leave-one-environment-out' && selected !== undefined;
  return {
    head,
    estimator,
    dimension,
    ...(lambda === undefined ? {} : { lambda }),
    ...(alpha === undefined ? {} : { alpha }),
    ...(isLeftOut
      ? {
          leftOut: {
            clip: selected.identity.score,
            projection: selected.chosen.score,
            standardError: selected.standardError,
          },
        }
      : {}),
  };
}
