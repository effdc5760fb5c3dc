// Encoded pictures in the form that goes from one thread to another: two arrays whose buffers are handed over. Their rows, as they
// come, are views into whole batches, and each would be copied with all of its batch.

import type { CollectedPicture } from './statistics-collector.ts';

export type PackedPictures = {
  readonly pictures: readonly (Pick<CollectedPicture, 'environment' | 'class' | 'sha256'> & {
    /** Of its rows in `intervened`, in order. */
    readonly interventions: readonly number[];
  })[];
  readonly dimension: number;
  /** [n, d]. */
  readonly embeddings: Float32Array<ArrayBuffer>;
  /** [interventions of all pictures, d]. */
  readonly intervened: Float32Array<ArrayBuffer>;
};

export function packPictures(all: readonly CollectedPicture[], dimension: number): PackedPictures {
  const rows = all.reduce((count, { intervened }) => count + intervened.size, 0);
  const embeddings = new Float32Array(all.length * dimension);
  const intervened = new Float32Array(rows * dimension);
  let row = 0;
  for (const [index, picture] of all.entries()) {
    embeddings.set(picture.plain, index * dimension);
    for (const embedding of picture.intervened.values()) intervened.set(embedding, row++ * dimension);
  }
  const pictures = all.map(({ environment, class: label, sha256, intervened: own }) => ({
    environment,
    class: label,
    sha256,
    interventions: [...own.keys()],
  }));
  return { pictures, dimension, embeddings, intervened };
}

/** Their rows are views into the two arrays. */
export function unpackPictures({
  pictures,
  dimension,
  embeddings,
  intervened,
}: PackedPictures): CollectedPicture[] {
  let row = 0;
  const nextRow = () => intervened.subarray(row * dimension, ++row * dimension);
  return pictures.map(({ interventions, ...picture }, index) => ({
    ...picture,
    plain: embeddings.subarray(index * dimension, (index + 1) * dimension),
    intervened: new Map(interventions.map((intervention) => [intervention, nextRow()])),
  }));
}
