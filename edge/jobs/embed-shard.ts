// The embeddings of one shard of pictures, where a job wants no more of them.

import { type AppError, appError } from '#shared/app-error.ts';
import { encodeContainer } from '#shared/codec/container.ts';
import { sha256Hex } from '#shared/digest.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { decodeEncoded, type Encoded, leftOutDetail } from '../clients/worker-answers.ts';
import type { CallContext, EncodeFailure } from '../clients/worker-call.ts';
import type { Services } from '../services.ts';
import { objectKeys } from '../stores/object-keys.ts';
import type { Run } from '../stores/run-store.ts';
import { chargeJob } from './charge-job.ts';
import { shardCall } from './job-step.ts';
import { pictureFrames } from './picture-frames.ts';
import type { ShardItem } from './shard-plan.ts';

/** What the jobs read of it. */
export type EmbeddedShard = Pick<Encoded, 'dimension' | 'embeddings' | 'failures'>;

/**
 * From storage where these very pictures have been encoded for a job before; of the others, those that have been classified
 * before are not encoded again.
 */
export async function embedShard(
  list: readonly ShardItem[],
  model: Encoded['model'],
  { run, shard }: { readonly run: Run; readonly shard: number },
  services: Services,
  signal: AbortSignal,
): Promise<
  Result<EmbeddedShard, AppError<EncodeFailure | 'model-mismatch' | 'quota-exceeded' | 'conflict'>>
> {
  const { objects, embeddings } = services;
  const { tenantId } = run;
  if (list.length === 0) return ok({ dimension: 0, embeddings: new Float32Array(0), failures: [] });
  const hashes = list.map(({ sha256 }) => sha256);
  const name = await sha256Hex(new TextEncoder().encode(JSON.stringify([model.revision, hashes])));
  const key = objectKeys.encoded(tenantId, name);
  const stored = await objects.get(key);
  const read = stored && (await decodeEncoded(stored, list.length));
  if (read?.ok) return read;
  const known = await embeddings.some({ tenantId, revision: model.revision }, hashes);
  const missing = list.filter(({ sha256 }) => !known.has(sha256));
  if (missing.length === 0) return ok(joinKnown(list, known, undefined));
  const encode = async () => {
    const context = shardCall(run, { shard, before: list.length - missing.length }, services, signal);
    const encoded = await encodeList(missing, model, context, services);
    // What was left out is to be tried again another day.
    const isWhole = encoded.ok && encoded.value.failures.every(({ detail }) => detail !== leftOutDetail);
    if (isWhole) await objects.put(key, await encodedFile({ ...encoded.value, ...join(encoded.value) }));
    return encoded;
  };
  const join = (encoded: Encoded) => joinKnown(list, known, encoded);
  const told = ({ pixels }: Encoded) => ({ pixels });
  const amounts = { pictures: missing.length, pixels: 0 };
  const encoded = await chargeJob(run, String(shard), services)(amounts, encode, { told });
  return encoded.ok ? ok(join(encoded.value)) : encoded;
}

async function encodeList(
  list: readonly ShardItem[],
  model: Encoded['model'],
  context: CallContext,
  { worker, objects }: Services,
) {
  const items = list.map(({ sha256, bytes }) => ({ sha256, byteLength: bytes }));
  const head = { model: model.id, items, seed: 0 };
  const encoded = await worker.encodeImages(head, pictureFrames(list, objects), context);
  if (!encoded.ok || encoded.value.model.revision === model.revision) return encoded;
  return err(appError('model-mismatch', `The workers have another revision of ${model.id}.`));
}

/** The rows of a whole shard: `encoded` holds those of the pictures that are not known, in their order. */
function joinKnown(
  list: readonly ShardItem[],
  known: ReadonlyMap<string, Float32Array>,
  encoded: Encoded | undefined,
): EmbeddedShard {
  if (encoded !== undefined && known.size === 0) return encoded;
  const dimension = encoded?.dimension ?? [...known.values()][0]?.length ?? 0;
  const embeddings = new Float32Array(list.length * dimension);
  const failed = new Map(encoded?.failures.map((failure) => [failure.index, failure]));
  const failures: EmbeddedShard['failures'][number][] = [];
  let next = 0;
  list.forEach(({ sha256 }, index) => {
    const own = known.get(sha256);
    const at = own === undefined ? next++ : -1;
    const row = own ?? encoded?.embeddings.subarray(at * dimension, (at + 1) * dimension);
    if (row?.length !== dimension) throw new Error(`the embedding of ${sha256} has another length`);
    embeddings.set(row, index * dimension);
    const failure = failed.get(at);
    if (failure !== undefined) failures.push({ ...failure, index });
  });
  return { dimension, embeddings, failures };
}

function encodedFile(encoded: Encoded): Promise<Uint8Array> {
  const { embeddings, dimension, pixels: _pixels, ...rest } = encoded;
  return encodeContainer({
    kind: 'encoded',
    header: { format: 'encoded/1', ...rest, embeddingDimension: dimension },
    blocks: [{ name: 'embeddings', shape: [embeddings.length / dimension, dimension], data: embeddings }],
  });
}
