// Unit embeddings of a tree of pictures, environment by environment, with the prototypes of its labels and a projection to the
// half of the directions in which the pictures spread most.

import { homedir } from 'node:os';
import path from 'node:path';
import { openEmbeddingCache } from '../../../cli/evaluate/embedding-cache.ts';
import { encodeLabels } from '../../../cli/evaluate/encode-labels.ts';
import { encodeTree } from '../../../cli/evaluate/encode-tree.ts';
import { gatherEnvironments, unitRows } from '../../../cli/evaluate/evaluation-data.ts';
import { scanFolder } from '../../../cli/evaluate/scan-folder.ts';
import { openEncoder } from '../../../gpu-worker/clip/encoder.ts';
import { findModelDirectory } from '../../../gpu-worker/clip/installed-models.ts';
import { modelsPath } from '../../../infra/models/models-home.ts';
import { formatLabel } from '../../../shared/figures/format.ts';
import { eigenSymmetric } from '../../../shared/math/linear/eigen-symmetric.ts';
import { addGram, packedLength, unpack } from '../../../shared/math/linear/packed.ts';

export type Pool = {
  readonly name: string;
  /** Unit rows [n, d]. */
  readonly embeddings: Float32Array;
  /** [n]. */
  readonly classes: Int32Array;
};

export type Pools = {
  readonly dimension: number;
  readonly logitScale: number;
  /** Unit rows [c, d]. */
  readonly prototypes: Float32Array;
  readonly environments: readonly Pool[];
  /** P, orthonormal rows [d / 2, d]. */
  readonly projection: Float32Array;
};

export async function readPools(directory: string, template: string): Promise<Pools> {
  const model = 'nano-clip';
  const encoder = await openEncoder({
    modelDirectory: await findModelDirectory(modelsPath, model),
    modelId: model,
  });
  if (!encoder.ok) throw new Error(encoder.error.detail);
  try {
    const { info } = encoder.value;
    const tree = await scanFolder(directory);
    if (!tree.ok) throw new Error(tree.error.detail);
    const cacheDirectory = path.join(
      process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'),
      'clip-icm',
    );
    const { reference, embeddingDimension: dimension, logitScale } = info;
    const encoded = await encodeTree(tree.value.pictures, {
      encoder: encoder.value,
      cache: openEmbeddingCache({ directory: cacheDirectory, revision: reference.revision, dimension }),
      interventions: [],
      seeds: [0],
      onProgress: () => undefined,
    });
    const { prototypes } = await encodeLabels(tree.value.classes.map(formatLabel), [template], encoder.value);
    const environments = gatherEnvironments(tree.value.environments, encoded.pictures, 0).map(
      ({ name, classes, embeddings }) => ({ name, classes, embeddings: unitRows(embeddings, dimension) }),
    );
    return { dimension, logitScale, prototypes, environments, projection: leading(environments, dimension) };
  } finally {
    await encoder.value.close();
  }
}

function leading(environments: readonly Pool[], dimension: number): Float32Array {
  const second = new Float64Array(packedLength(dimension));
  for (const { embeddings } of environments) addGram(second, embeddings, dimension);
  const eigen = eigenSymmetric(unpack(second, dimension), dimension);
  if (!eigen.ok) throw new Error('no eigenvectors');
  return Float32Array.from(eigen.value.vectors.subarray(0, (dimension * dimension) / 2));
}
