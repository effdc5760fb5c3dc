// A planted place to be watched: a small projection of four labels, pictures as embeddings (a mean, a class, noise), and a
// profile of some of them, put where the edge looks for it.

import { addToContent, emptyContent } from '../../edge/use-cases/profile-content.ts';
import { gaussian, gaussianRows } from '../shared/math/random.ts';
import type { Edge } from './edge.ts';
import type { TestTenant } from './edge-callers.ts';
import { artefactOf, smallModel } from './small-artefact.ts';

export const dimension = 32;
const labels = ['cat', 'dog', 'owl', 'fox'];

/** Where classes and places lie: the former along what the projection keeps, the latter anywhere. */
const classMeans = gaussianRows(labels.length, dimension / 2, 11);
const places = { before: gaussianRows(1, dimension, 12), after: gaussianRows(1, dimension, 13) };
export type Place = keyof typeof places;

/** Unit embeddings of pictures of a place, of each label in turn or of those given. */
export function picturesOf(
  place: Place,
  count: number,
  seed: number,
  classes: readonly number[] = [0, 1, 2, 3],
): Float32Array[] {
  const next = gaussian(seed);
  return Array.from({ length: count }, (_, index) => {
    const label = classes[index % classes.length] as number;
    const vector = Float32Array.from({ length: dimension }, (_value, i) => {
      const own = i < dimension / 2 ? 2 * (classMeans[label * (dimension / 2) + i] as number) : 0;
      return (places[place][i] as number) + own + next();
    });
    const norm = Math.hypot(...vector);
    return vector.map((value) => value / norm);
  });
}

/** Keeps the first half of the coordinates, and answers by the planted classes. */
export async function uploadProjection(edge: Edge, tenant: TestTenant, name: string): Promise<void> {
  const kept = dimension / 2;
  const projection = new Float32Array(kept * dimension);
  for (let i = 0; i < kept; i++) projection[i * dimension + i] = 1;
  const prototypes = classMeans.slice();
  for (let row = 0; row < labels.length; row++) {
    const own = prototypes.subarray(row * kept, (row + 1) * kept);
    const norm = Math.hypot(...own);
    for (let i = 0; i < kept; i++) own[i] = (own[i] as number) / norm;
  }
  const bytes = await artefactOf({
    labels,
    templates: ['a {}'],
    head: { dimension: kept, logitScale: 10, projection, prototypes },
    mean: new Float32Array(dimension),
    spectrum: [1],
  });
  const uploaded = await edge.fetch(`/v1/projections/artefacts?name=${name}`, {
    method: 'POST',
    headers: { ...tenant.headers, 'content-type': 'application/octet-stream' },
    body: bytes,
  });
  if (uploaded.status !== 201) throw new Error(`no projection: ${uploaded.status} ${await uploaded.text()}`);
}

/** A profile needs a worker to tell what the model is; this one is put into its row. */
export async function plantProfile(
  edge: Edge,
  tenant: TestTenant,
  name: string,
  pictures: readonly Float32Array[],
): Promise<string> {
  const named = pictures.map((embedding, index) => ({
    sha256: index.toString(16).padStart(64, '0'),
    embedding,
  }));
  const { sum, kept } = addToContent(emptyContent(dimension), named);
  const id = `env_${name}`;
  const database = await edge.miniflare.getD1Database('DB');
  await database
    .prepare(
      `INSERT INTO environments (tenant_id, name, id, model_id, model_revision, pictures, revision, created_at, updated_at, sum, kept)
       VALUES (?, ?, ?, ?, ?, ?, 1, 0, 0, ?, ?)`,
    )
    .bind(
      tenant.id,
      name,
      id,
      smallModel.id,
      smallModel.revision,
      pictures.length,
      sum.slice().buffer,
      kept.slice().buffer,
    )
    .run();
  return id;
}

export async function ask(
  tenant: TestTenant,
  pictures: readonly Float32Array[],
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  for (let start = 0; start < pictures.length; start += 64) {
    const inputs = pictures.slice(start, start + 64).map((embedding) => ({ embedding: [...embedding] }));
    const answer = await tenant.send('POST', '/v1/classifications', { ...options, inputs });
    if (answer.status !== 200) throw new Error(`not answered: ${answer.status} ${await answer.text()}`);
  }
}
