// Every picture of a tree to its embeddings: as it is and after each intervention, for each seed. What the cache holds
// is not encoded again. A picture that cannot be read is reported and left out; it stops nothing.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { AppError } from '#shared/app-error.ts';
import type { PictureIntervention } from '#shared/contracts/intervention.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { Encoder } from '../../gpu-worker/clip/encoder.ts';
import type { EmbeddingCache, ViewCache } from './embedding-cache.ts';
import type { PictureFile } from './scan-folder.ts';

export type EncodedPicture = {
  readonly file: PictureFile;
  readonly sha256: string;
  /** Raw, as the model gives them [d]. */
  readonly plain: Float32Array;
  /** [seed][intervention]. An intervention that draws nothing has the same embedding for every seed. */
  readonly intervened: readonly (readonly Float32Array[])[];
};

export type UnreadablePicture = { readonly path: string; readonly detail: string };

export type EncodedTree = {
  readonly pictures: readonly EncodedPicture[];
  readonly unreadable: readonly UnreadablePicture[];
  /** How many embeddings had to be computed. */
  readonly encodedViews: number;
};

export type EncodeTreeOptions = {
  readonly encoder: Pick<Encoder, 'encodeViews' | 'window'>;
  readonly cache: EmbeddingCache;
  readonly interventions: readonly PictureIntervention[];
  readonly seeds: readonly number[];
  /** Called after each picture. */
  readonly onProgress: (done: number, total: number) => void;
};

export async function encodeTree(
  files: readonly PictureFile[],
  options: EncodeTreeOptions,
): Promise<EncodedTree> {
  const views = await openViews(options);
  const results: Result<EncodedPicture, UnreadablePicture>[] = [];
  let encodedViews = 0;
  let next = 0;
  let done = 0;

  async function work(): Promise<void> {
    for (let index = next++; index < files.length; index = next++) {
      const file = files[index] as PictureFile;
      const { result, computed } = await encodePicture(file, views, options);
      results[index] = result;
      encodedViews += computed;
      options.onProgress(++done, files.length);
    }
  }
  await Promise.all(Array.from({ length: options.encoder.window }, work));
  await Promise.all(views.all.map((view) => view.flush()));
  return {
    pictures: results.flatMap((result) => (result.ok ? [result.value] : [])),
    unreadable: results.flatMap((result) => (result.ok ? [] : [result.error])),
    encodedViews,
  };
}

type Views = {
  readonly plain: ViewCache;
  /** [seed][intervention]. */
  readonly intervened: readonly (readonly ViewCache[])[];
  readonly all: readonly ViewCache[];
};

async function openViews({ cache, interventions, seeds }: EncodeTreeOptions): Promise<Views> {
  const plain = await cache.view('plain');
  const intervened = await Promise.all(
    seeds.map((seed) => Promise.all(interventions.map((one) => cache.view(viewKey(one, seed))))),
  );
  return { plain, intervened, all: [...new Set([plain, ...intervened.flat()])] };
}

/** Equal exactly where the pixels are: the name, every parameter, and the seed if anything is drawn. */
export function viewKey(intervention: PictureIntervention, seed: number): string {
  const drawn = intervention.name === 'color-jitter' || intervention.name === 'gaussian-blur';
  const parameters = Object.entries(intervention).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify({ parameters, ...(drawn ? { seed } : {}) });
}

async function encodePicture(
  file: PictureFile,
  views: Views,
  options: EncodeTreeOptions,
): Promise<{ result: Result<EncodedPicture, UnreadablePicture>; computed: number }> {
  const bytes = await readFile(file.path).catch((error: Error) => error);
  if (bytes instanceof Error) return { result: err(unreadable(file, bytes.message)), computed: 0 };
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  let computed = 0;
  for (const seed of options.seeds.keys()) {
    const encoded = await fillViews(bytes, sha256, seed, views, options);
    if (!encoded.ok) return { result: err(unreadable(file, encoded.error.detail)), computed };
    computed += encoded.value;
  }
  const plain = views.plain.get(sha256);
  const intervened = views.intervened.map((row) => row.flatMap((view) => view.get(sha256) ?? []));
  if (plain === undefined) throw new Error(`no embedding of ${file.path} after encoding it`);
  return { result: ok({ file, sha256, plain, intervened }), computed };
}

/** Encodes what is missing of one picture for one seed; how many views that were. */
async function fillViews(
  bytes: Uint8Array,
  sha256: string,
  seedIndex: number,
  views: Views,
  { encoder, interventions, seeds }: EncodeTreeOptions,
): Promise<Result<number, AppError>> {
  const row = views.intervened[seedIndex] ?? [];
  const missing = interventions.flatMap((intervention, index) => {
    const view = row[index];
    return view === undefined || view.get(sha256) !== undefined ? [] : [{ intervention, view }];
  });
  const plainMissing = views.plain.get(sha256) === undefined;
  if (missing.length === 0 && !plainMissing) return ok(0);
  const encoded = await encoder.encodeViews(bytes, {
    interventions: missing.map(({ intervention }) => intervention),
    seed: seeds[seedIndex] ?? 0,
    contentSha256: sha256,
  });
  if (!encoded.ok) return encoded;
  if (plainMissing) await views.plain.add(sha256, encoded.value.plain);
  for (const [index, { view }] of missing.entries()) {
    const embedding = encoded.value.intervened[index];
    if (embedding) await view.add(sha256, embedding);
  }
  return ok(missing.length + Number(plainMissing));
}

function unreadable({ path }: PictureFile, detail: string): UnreadablePicture {
  return { path, detail };
}
