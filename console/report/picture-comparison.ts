// Asks plain CLIP and a projection about the pictures it was fitted on, and sums up where they differ. Pictures are named
// by hash: their embeddings are stored, so nothing is encoded again.

import type { ClipIcmClient } from '#client/client.ts';
import type { ClassificationResponse, Prediction } from '#shared/contracts/classification.ts';
import type { DatasetItem } from '#shared/contracts/dataset.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { likeFitted } from '../try/ask.ts';

/** As many as one request takes. */
const batchSize = 64;
/** Enough for a heat map; a whole dataset is what evaluations are for. */
const maxPictures = 640;

export type ComparedPicture = {
  readonly dataset: string;
  readonly item: DatasetItem;
  readonly before: readonly Prediction[];
  readonly after: readonly Prediction[];
};

export type Comparison = {
  readonly environments: readonly string[];
  /** [environment][environment]; NaN where the two share no class. */
  readonly before: readonly (readonly number[])[];
  readonly after: readonly (readonly number[])[];
  readonly pictures: number;
  readonly corrected: readonly ComparedPicture[];
  readonly broken: readonly ComparedPicture[];
};

type CompareOptions = {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
};

export async function comparePictures(
  client: ClipIcmClient,
  projection: Projection,
  { signal, onProgress }: CompareOptions,
): Promise<Comparison> {
  const [head] = projection.heads ?? [];
  const plain = {
    labels: projection.labels ?? [],
    ...likeFitted({ model: projection.model?.id, templates: head?.templates ?? [] }),
  };
  const items = await listPictures(client, projection, signal);
  const compared: ComparedPicture[] = [];
  for (let start = 0; start < items.length; start += batchSize) {
    const batch = items.slice(start, start + batchSize);
    const inputs = batch.map(({ item }) => ({ sha256: item.sha256 }));
    const before = await client.classifications.create({ inputs, ...plain }, { signal });
    const after = await client.classifications.create({ inputs, projection: projection.id }, { signal });
    for (const [index, { dataset, item }] of batch.entries()) {
      const [was, is] = [predictionsOf(before, index), predictionsOf(after, index)];
      if (was !== undefined && is !== undefined) compared.push({ dataset, item, before: was, after: is });
    }
    onProgress(Math.min(items.length, start + batchSize), items.length);
  }
  return summarise(compared);
}

async function listPictures(client: ClipIcmClient, projection: Projection, signal: AbortSignal) {
  const found: { dataset: string; item: DatasetItem }[] = [];
  for (const { id } of projection.datasets) {
    for await (const item of client.datasets.items(id).list({ limit: 100, signal })) {
      if (item.class !== undefined) found.push({ dataset: id, item });
    }
  }
  if (found.length <= maxPictures) return found;
  // Evenly through the list, so that no environment is left out.
  return Array.from(
    { length: maxPictures },
    (_, index) => found[Math.floor((index * found.length) / maxPictures)],
  ).filter((one) => one !== undefined);
}

function predictionsOf(
  { results }: ClassificationResponse,
  index: number,
): readonly Prediction[] | undefined {
  const result = results.find((candidate) => candidate.index === index);
  return result === undefined || 'error' in result ? undefined : result.predictions;
}

export function summarise(compared: readonly ComparedPicture[]): Comparison {
  const environments = [...new Set(compared.map(({ item }) => item.environment))].sort();
  const isRight = (predictions: readonly Prediction[], { item }: ComparedPicture) =>
    predictions[0]?.label === item.class;
  const moved = (picture: ComparedPicture) =>
    Math.abs(trueProbability(picture.after, picture) - trueProbability(picture.before, picture));
  const byMove = (pictures: readonly ComparedPicture[]) => pictures.toSorted((a, b) => moved(b) - moved(a));
  return {
    environments,
    before: disagreement(compared, environments, ({ before }) => before),
    after: disagreement(compared, environments, ({ after }) => after),
    pictures: compared.length,
    corrected: byMove(compared.filter((one) => !isRight(one.before, one) && isRight(one.after, one))),
    broken: byMove(compared.filter((one) => isRight(one.before, one) && !isRight(one.after, one))),
  };
}

function trueProbability(predictions: readonly Prediction[], { item }: ComparedPicture): number {
  return predictions.find(({ label }) => label === item.class)?.probability ?? 0;
}

/** Total variation between two environments' answers to the same class, averaged over the classes both have. */
function disagreement(
  compared: readonly ComparedPicture[],
  environments: readonly string[],
  side: (picture: ComparedPicture) => readonly Prediction[],
): number[][] {
  const answers = environments.map((environment) => answersByClass(compared, environment, side));
  return answers.map((own) =>
    answers.map((other) => {
      const shared = [...own.keys()].filter((name) => other.has(name));
      const distances = shared.map((name) => totalVariation(own.get(name) ?? [], other.get(name) ?? []));
      return distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
    }),
  );
}

function answersByClass(
  compared: readonly ComparedPicture[],
  environment: string,
  side: (picture: ComparedPicture) => readonly Prediction[],
): ReadonlyMap<string, readonly string[]> {
  const own = compared.filter(({ item }) => item.environment === environment);
  const groups = Map.groupBy(own, ({ item }) => item.class ?? '');
  return new Map(
    [...groups].map(([name, pictures]) => [name, pictures.map((one) => side(one)[0]?.label ?? '')]),
  );
}

/** Half the sum of absolute differences of two lists' label frequencies. */
function totalVariation(a: readonly string[], b: readonly string[]): number {
  const share = (list: readonly string[], label: string) =>
    list.filter((one) => one === label).length / list.length;
  const labels = [...new Set([...a, ...b])];
  return labels.reduce((sum, label) => sum + Math.abs(share(a, label) - share(b, label)), 0) / 2;
}
