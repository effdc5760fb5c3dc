// The embeddings of one shard of pictures, where a job wants no more of them.

import { type AppError, appError } from '#shared/app-error.ts';
import { encodeContainer } from '#shared/codec/container.ts';
import { softmaxScoring } from '#shared/contracts/model.ts';
import { sha256Hex } from '#shared/digest.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { decodeEncoded, type Encoded } from '../clients/worker-answers.ts';
import type { EncodeFailure } from '../clients/worker-call.ts';
import type { Services } from '../services.ts';
import type { Run } from '../stores/job-store.ts';
import { objectKeys } from '../stores/object-keys.ts';
import { chargeJob } from './charge-job.ts';
import { pictureFrames } from './fit-encode.ts';
import { jobCall } from './job-step.ts';
import type { ShardItem } from './shard-plan.ts';

/** From storage where these very pictures have been encoded for a job before. */
export async function embedShard(
  list: readonly ShardItem[],
  model: Encoded['model'],
  { run, shard }: { readonly run: Run; readonly shard: number },
  services: Services,
  signal: AbortSignal,
): Promise<Result<Encoded, AppError<EncodeFailure | 'model-mismatch' | 'quota-exceeded' | 'conflict'>>> {
  const { worker, objects } = services;
  const hashes = list.map(({ sha256 }) => sha256);
  if (list.length === 0) {
    return ok({
      model,
      dimension: 0,
      logitScale: 1,
      scoring: softmaxScoring,
      embeddings: new Float32Array(0),
      failures: [],
      tokens: 0,
      truncated: [],
      pixels: 0,
    });
  }
  const name = await sha256Hex(new TextEncoder().encode(JSON.stringify([model.revision, hashes])));
  const key = objectKeys.encoded(run.tenantId, name);
  const stored = await objects.get(key);
  const known = stored && (await decodeEncoded(stored, list.length));
  if (known?.ok) return known;
  const items = list.map(({ sha256, bytes }) => ({ sha256, byteLength: bytes }));
  const head = { model: model.id, items, seed: 0 };
  const encode = async () => {
    const encoded = await worker.encodeImages(head, pictureFrames(list, objects), jobCall(run, signal));
    if (!encoded.ok) return encoded;
    if (encoded.value.model.revision !== model.revision) {
      return err(appError('model-mismatch', `The workers have another revision of ${model.id}.`));
    }
    await objects.put(key, await encodedFile(encoded.value, list.length));
    return encoded;
  };
  const told = ({ pixels }: Encoded) => ({ pixels });
  return chargeJob(run, String(shard), services)({ pictures: list.length, pixels: 0 }, encode, { told });
}

function encodedFile(encoded: Encoded, count: number): Promise<Uint8Array> {
  const { embeddings, dimension, pixels: _pixels, ...rest } = encoded;
  return encodeContainer({
    kind: 'encoded',
    header: { format: 'encoded/1', ...rest, embeddingDimension: dimension },
    blocks: [{ name: 'embeddings', shape: [count, dimension], data: embeddings }],
  });
}
