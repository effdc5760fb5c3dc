// The texts of a request to embeddings: cut into batches for the worker, a few under way at once. A text that cannot be
// encoded (token ids that are not of the model's tokenizer) is found by the worker and fails alone.

import { type AppError, appError } from '#shared/app-error.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import type { EncodeTexts } from '#shared/contracts/worker.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { GpuWorkerClient } from '../clients/gpu-worker.ts';
import type { Encoded } from '../clients/worker-answers.ts';
import { type EncodeFailure, until } from '../clients/worker-call.ts';
import type { Asking } from './asking.ts';

export type Text = EncodeTexts['texts'][number];

export type TextFailure = EncodeFailure | 'model-mismatch' | 'quota-exceeded';

export type EmbeddedTexts = {
  /** In the order of the texts; unit length. */
  readonly rows: readonly Result<Float32Array, AppError<TextFailure>>[];
  readonly tokens: number;
  /** Indices of texts that had more tokens than the model's context. */
  readonly truncated: ReadonlySet<number>;
};

/** What the worker answers soon, so that others get their turn between two batches. */
const batchSize = 128;
const batchesAtOnce = 2;

type Batch = { readonly start: number; readonly texts: readonly Text[] };

/** Fails as a whole only for what is wrong with all: no worker, another model. */
export async function embedTexts(
  texts: readonly Text[],
  model: ModelReference,
  worker: Pick<GpuWorkerClient, 'encodeTexts'>,
  asking: Asking,
): Promise<Result<EmbeddedTexts, AppError<TextFailure>>> {
  const rows: Result<Float32Array, AppError<TextFailure>>[] = [];
  const truncated = new Set<number>();
  let tokens = 0;
  const batches = Array.from({ length: Math.ceil(texts.length / batchSize) }, (_, index): Batch => {
    const start = index * batchSize;
    return { start, texts: texts.slice(start, start + batchSize) };
  });
  for (let next = 0; next < batches.length; next += batchesAtOnce) {
    const running = batches.slice(next, next + batchesAtOnce);
    const answers = await Promise.all(running.map((batch) => embedBatch(batch.texts, model, worker, asking)));
    for (const answer of answers) {
      if (!answer.ok) return answer;
      for (const index of answer.value.truncated) truncated.add(rows.length + index);
      rows.push(...answer.value.rows);
      tokens += answer.value.tokens;
    }
  }
  return ok({ rows, tokens, truncated });
}

/** Asks again without the texts that the worker refuses by their place. */
async function embedBatch(
  texts: readonly Text[],
  model: ModelReference,
  worker: Pick<GpuWorkerClient, 'encodeTexts'>,
  asking: Asking,
): Promise<Result<EmbeddedTexts, AppError<TextFailure>>> {
  const refused = new Map<number, AppError<TextFailure>>();
  for (;;) {
    const left = texts.flatMap((text, index) => (refused.has(index) ? [] : [{ text, index }]));
    const encoded =
      left.length === 0
        ? undefined
        : await asking.charge({ texts: left.length }, (unpaid) =>
            worker.encodeTexts(
              { model: model.id, texts: left.map(({ text }) => text) },
              until(asking.context, unpaid),
            ),
          );
    if (encoded !== undefined && !encoded.ok) {
      const named = refusedTexts(encoded.error);
      if (named.size === 0) return encoded;
      for (const [place, error] of named) {
        const index = left[place]?.index;
        if (index === undefined) return encoded;
        refused.set(index, error);
      }
      continue;
    }
    if (encoded !== undefined) asking.count('textsEncoded', left.length);
    if (encoded !== undefined && encoded.value.model.revision !== model.revision) {
      return err(appError('model-mismatch', `The encoder now has another revision of ${model.id}.`));
    }
    return ok(arrange(texts.length, refused, encoded?.value));
  }
}

function arrange(
  count: number,
  refused: ReadonlyMap<number, AppError<TextFailure>>,
  encoded: Pick<Encoded, 'embeddings' | 'dimension' | 'tokens' | 'truncated'> | undefined,
): EmbeddedTexts {
  const cut = new Set(encoded?.truncated);
  const truncated = new Set<number>();
  let place = 0;
  const rows = Array.from({ length: count }, (_, index): EmbeddedTexts['rows'][number] => {
    const error = refused.get(index);
    if (error !== undefined) return err(error);
    const { embeddings, dimension } = encoded ?? { embeddings: new Float32Array(0), dimension: 0 };
    if (cut.has(place)) truncated.add(index);
    return ok(embeddings.subarray(place * dimension, ++place * dimension));
  });
  return { rows, tokens: encoded?.tokens ?? 0, truncated };
}

/** `/texts/3` of the worker's answer, with what is wrong with that text. */
function refusedTexts(error: AppError<TextFailure>): Map<number, AppError<TextFailure>> {
  const named = new Map<number, AppError<TextFailure>>();
  for (const { pointer, message } of error.code === 'invalid-request' ? (error.errors ?? []) : []) {
    const place = /^\/texts\/(\d{1,6})$/.exec(pointer)?.[1];
    if (place !== undefined) named.set(Number(place), appError('invalid-request', message));
  }
  return named;
}
