// Reads what is inside an `.icm` file of the first format: heads in one mode, means beside them. Nothing writes it any more.

import type { FirstArtefactHeader, FirstHeadInfo } from '../contracts/artefact-first.ts';
import type { FittedHead, FittedModes } from '../math/answer/fitted-head.ts';
import type { BlockReader } from './blocks.ts';

type FirstArtefact = {
  readonly header: FirstArtefactHeader;
  readonly heads: readonly FittedModes[];
  readonly mean?: Float32Array;
  readonly textMean?: Float32Array;
};

/** Throws the reader's mismatch where a block is missing or of another shape. */
export function readFirst(written: FirstArtefactHeader, reader: BlockReader): FirstArtefact {
  // Labels are NFC everywhere now, and were not when this format was written.
  const header = { ...written, labels: written.labels.map((label) => label.normalize('NFC')) };
  const dimension = header.embeddingDimension;
  const heads = header.heads.map((info) => ({
    head: info.head,
    unprofiled: readHead(info, header, reader),
  }));
  if (!header.removeMean) return { header, heads };
  return {
    header,
    heads,
    mean: reader.float32('mean/image', [dimension]),
    textMean: reader.float32('mean/text', [dimension]),
  };
}

function readHead(info: FirstHeadInfo, header: FirstArtefactHeader, reader: BlockReader): FittedHead {
  const { lambda, alpha, featureScale, ...rest } = info;
  const classCount = header.labels.length;
  const projection = reader.float32(`${info.head}/projection`, [info.dimension, header.embeddingDimension]);
  return {
    ...rest,
    choice: info.estimator === 'identity' ? 'plain' : 'fixed',
    centred: header.removeMean,
    ...(lambda === undefined ? {} : { lambda }),
    ...(alpha === undefined ? {} : { alpha }),
    ...(featureScale === undefined ? {} : { featureScale }),
    ...(info.estimator === 'identity' ? {} : { projection }),
    prototypes: reader.float32(`${info.head}/prototypes`, [classCount, info.dimension]),
    ...(info.head === 'zero-shot'
      ? {}
      : {
          weights: reader.float32(`${info.head}/weights`, [classCount, info.dimension]),
          bias: reader.float32(`${info.head}/bias`, [classCount]),
        }),
  };
}
