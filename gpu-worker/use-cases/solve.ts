// Solves a fit: encodes its labels and text interventions, and hands the numbers to a thread.

import { type AppError, appError } from '#shared/app-error.ts';
import type { SolveHead } from '#shared/contracts/worker.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { QueueOptions } from '../clip/batch-queue.ts';
import type { Encoder } from '../clip/encoder.ts';
import { type Numbers, withNumbers } from '../numbers/numbers.ts';
import type { FileFailure } from '../numbers/numbers-thread.ts';
import type { NumbersFailure } from '../numbers/solve-statistics.ts';
import type { CaptionWriter } from '../texts/caption-writer.ts';
import { captionPairs } from '../texts/text-pairs.ts';
import type { BrokenStream, Bytes, ItemStream } from './item-stream.ts';
import { labelPrototypes, sumCaptionPairs } from './text-embeddings.ts';

export type SolveCollaborators = {
  readonly encoder: Encoder;
  readonly captionWriter: CaptionWriter | undefined;
};

/** `worker-unavailable` is the chat endpoint's. */
type SolveFailure = FileFailure | NumbersFailure | 'worker-unavailable';

export async function solve(
  { head, items }: { readonly head: SolveHead; readonly items: ItemStream },
  collaborators: SolveCollaborators,
  options: QueueOptions,
): Promise<Result<Bytes, AppError<SolveFailure | BrokenStream>>> {
  for await (const item of items) {
    if (!item.ok) return err(item.error);
    return await withNumbers(options.signal, (numbers) =>
      solveFile(item.value, head, collaborators, numbers, options),
    );
  }
  return err(appError('malformed-request', 'The body has no statistics.'));
}

async function solveFile(
  bytes: Bytes,
  { solve: request, createdAt }: SolveHead,
  { encoder, captionWriter }: SolveCollaborators,
  numbers: Numbers,
  options: QueueOptions,
): Promise<Result<Bytes, AppError<SolveFailure>>> {
  const file = await numbers.load('load', bytes);
  if (!file.ok) return file;
  const { id, revision } = encoder.info.reference;
  if (file.value.model.id !== id || file.value.model.revision !== revision) {
    return err(appError('model-mismatch', `The statistics are not of this worker's ${id}.`));
  }
  const labels = request.labels ?? file.value.classes;
  if (labels.length === 0 || new Set(labels).size < labels.length) {
    const errors = [{ pointer: '/solve/labels', message: 'at least one label, each once' }];
    return err(appError('invalid-request', 'The fit has no labels, or one of them twice.', { errors }));
  }
  const pairs = await captionPairs(request.textInterventions, labels, captionWriter, options.signal);
  if (!pairs.ok) return pairs;
  const prototypes = await labelPrototypes(labels, request.templates, encoder, options);
  if (!prototypes.ok) return prototypes;
  const textPairs =
    pairs.value.length === 0 ? ok(undefined) : await sumCaptionPairs(pairs.value, encoder, options);
  if (!textPairs.ok) return textPairs;
  return await numbers.solve({
    solve: request,
    createdAt,
    labels,
    prototypes: prototypes.value,
    textPairs: textPairs.value,
    logitScale: encoder.info.logitScale,
  });
}
