// Pictures that nobody has seen go to a worker, together or a large one by itself, at the cost of the plan, and what they come
// to is kept behind the answer.

import { type AppError, appError } from '#shared/app-error.ts';
import { maxPicturePixels, maxRequestPixels } from '#shared/contracts/worker.ts';
import { err, ok } from '#shared/result.ts';
import type { Encoded } from '../clients/worker-answers.ts';
import { until } from '../clients/worker-call.ts';
import type { EmbeddedResult, EmbedSources, EmbedTarget, InputFailure } from './embedded.ts';
import { type AskingForPictures, inStep, smallPictureBytes } from './hold-pictures.ts';
import { known, type Looked } from './name-inputs.ts';
import { notAPicture } from './picture-format.ts';
import { startWorkClock } from './work-clock.ts';

/** By hash; `missing` are pictures by theirs. */
export async function encodeMissing(
  missing: ReadonlyMap<string, Uint8Array>,
  { model, dimension }: EmbedTarget,
  asking: AskingForPictures,
  sources: EmbedSources,
): Promise<Map<string, EmbeddedResult>> {
  const hashes = [...missing.keys()];
  const all = (error: AppError<InputFailure>) =>
    new Map(hashes.map((sha256) => [sha256, err(error)] as const));
  const items = [...missing].map(([sha256, bytes]) => ({ sha256, byteLength: bytes.byteLength }));
  const head = { model: model.id, items, seed: 0 };
  const clock = startWorkClock();
  const assumedPixels = Math.min(hashes.length * maxPicturePixels, maxRequestPixels);
  const encoded = await asking.charge(
    { pictures: hashes.length, pixels: 0 },
    (refused) =>
      clock.run(() =>
        sources.worker.encodePictures(head, [...missing.values()], until(asking.context, refused)),
      ),
    {
      told: ({ pixels }) => ({ pixels }),
      assumed: { pixels: assumedPixels },
    },
  );
  const hasWorked = encoded.ok || encoded.error.worked === true;
  if (hasWorked) asking.count('picturesEncoded', hashes.length);
  if (hasWorked) asking.count('pixelsDecoded', encoded.ok ? encoded.value.pixels : assumedPixels);
  if (!encoded.ok) return all(encoded.error);
  if (asking.timing !== undefined) clock.tell(asking.timing, encoded.value.took);
  if (encoded.value.model.revision !== model.revision || encoded.value.dimension !== dimension) {
    return all(appError('model-mismatch', `The encoder now has another revision of ${model.id}.`));
  }
  return sortOut(hashes, encoded.value, asking, sources);
}

/** A large picture that was sent for is encoded by itself at once, so that the next one finds room. */
export async function settleLarge(
  looked: Looked,
  target: EmbedTarget,
  asking: AskingForPictures,
  sources: EmbedSources,
): Promise<Looked> {
  if (looked.state === 'known' || looked.bytes.byteLength <= smallPictureBytes) return looked;
  const { sha256, bytes } = looked;
  const encoded = await encodeMissing(new Map([[sha256, bytes]]), target, asking, sources);
  return known(encoded.get(sha256) ?? err(notAPicture));
}

function sortOut(
  hashes: readonly string[],
  { embeddings, dimension, failures, model }: Encoded,
  { tenantId, later, nowMs, share }: AskingForPictures,
  sources: EmbedSources,
): Map<string, EmbeddedResult> {
  const failed = new Map(failures.map((failure) => [failure.index, failure]));
  const results = new Map<string, EmbeddedResult>();
  const fresh = new Map<string, Float32Array>();
  hashes.forEach((sha256, index) => {
    const failure = failed.get(index);
    if (failure !== undefined) {
      results.set(sha256, err(appError(failure.code, failure.detail)));
      return;
    }
    const embedding = embeddings.slice(index * dimension, (index + 1) * dimension);
    fresh.set(sha256, embedding);
    results.set(sha256, ok({ embedding, source: 'worker', sha256 }));
  });
  const owner = { tenantId, revision: model.revision };
  later(sources.embeddings.put(owner, fresh, nowMs, (write) => inStep(share, 'write', write)));
  return results;
}
