// Class prototypes of labels and templates: the mean of a label's unit text embeddings over the templates, of unit length.
// Memory -> Cache API -> R2 -> worker, keyed by tenant, model revision, labels and templates.

import { type AppError, appError } from '#shared/app-error.ts';
import type { Tier } from '#shared/contracts/classification.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import { sha256Hex } from '#shared/digest.ts';
import { createLru } from '#shared/lru.ts';
import { concatenateRows } from '#shared/math/linear/vector.ts';
import { classPrototypes } from '#shared/pictures/class-prototype.ts';
import { promptsOf } from '#shared/pictures/prompts.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { GpuWorkerClient } from '../clients/gpu-worker.ts';
import { type CallContext, type EncodeFailure, until } from '../clients/worker-call.ts';
import type { Charge } from '../limits/quota-types.ts';
import { lookupCounter } from '../metrics/counters.ts';
import { objectKeys } from '../stores/object-keys.ts';
import { asMissing, type TieredBytes } from './tiered-bytes.ts';

export type PrototypeRequest = {
  readonly tenantId: string;
  readonly model: ModelReference;
  readonly labels: readonly string[];
  readonly templates: readonly string[];
};

/** `rows` [c, d], unit rows in the order of the labels. */
export type Prototypes = { readonly rows: Float32Array; readonly tier: Tier };

export type PrototypeFailure = EncodeFailure | 'model-mismatch' | 'quota-exceeded';

/** For whom texts are encoded, and at whose cost. */
export type PrototypeAsking = {
  readonly context: CallContext;
  readonly later: (work: Promise<unknown>) => void;
  readonly nowMs: number;
  readonly charge: Charge;
  readonly count: (counter: 'textsEncoded', amount: number) => void;
};

export type PrototypeCache = {
  get(
    request: PrototypeRequest,
    asking: PrototypeAsking,
  ): Promise<Result<Prototypes, AppError<PrototypeFailure>>>;
};

const maxMemoryBytes = 8 * 1024 * 1024;
const textsPerCall = 2000;
/** Raised when the same texts give other numbers, so that what was kept from before is not found. */
const prototypeVersion = 2;

const countLookup = lookupCounter('prototypes');

export function createPrototypeCache({
  bytes,
  worker,
}: {
  readonly bytes: TieredBytes;
  readonly worker: Pick<GpuWorkerClient, 'encodeTexts'>;
}): PrototypeCache {
  const memory = createLru<Float32Array>({ maxWeight: maxMemoryBytes });
  return {
    async get(request, { context, later, nowMs, charge, count }) {
      const { tenantId, model, labels, templates } = request;
      const name = JSON.stringify([prototypeVersion, tenantId, model.revision, labels, templates]);
      const known = memory.get(name, nowMs);
      if (known !== undefined) {
        countLookup('memory');
        return ok({ rows: known, tier: 'memory' });
      }
      const key = objectKeys.prototypes(tenantId, await sha256Hex(new TextEncoder().encode(name)));
      // Twice their bytes: what a projection makes of them stays as long as they do (projection-head.ts).
      const remember = (rows: Float32Array) =>
        memory.set(name, rows, 2 * rows.byteLength + name.length, nowMs);
      const stored = await bytes.get(key, later).catch(asMissing);
      countLookup(stored?.tier ?? 'none');
      if (stored !== undefined && stored.bytes.byteLength % (4 * labels.length) === 0) {
        const rows = new Float32Array(stored.bytes.buffer);
        remember(rows);
        return ok({ rows, tier: stored.tier });
      }
      const texts = labels.length * templates.length;
      const encoded = await charge({ texts }, (refused) =>
        encodePrototypes(worker, request, until(context, refused)),
      );
      if (!encoded.ok) return encoded;
      count('textsEncoded', texts);
      remember(encoded.value);
      later(bytes.put(key, new Uint8Array(encoded.value.buffer)).catch(asMissing));
      return ok({ rows: encoded.value, tier: 'worker' });
    },
  };
}

async function encodePrototypes(
  worker: Pick<GpuWorkerClient, 'encodeTexts'>,
  { model, labels, templates }: PrototypeRequest,
  context: CallContext,
): Promise<Result<Float32Array<ArrayBuffer>, AppError<PrototypeFailure>>> {
  const labelsPerCall = Math.max(1, Math.floor(textsPerCall / templates.length));
  const parts: Float32Array[] = [];
  for (let start = 0; start < labels.length; start += labelsPerCall) {
    const some = labels.slice(start, start + labelsPerCall);
    const texts = promptsOf(some, templates);
    const encoded = await worker.encodeTexts({ model: model.id, texts }, context);
    if (!encoded.ok) return encoded;
    if (encoded.value.model.revision !== model.revision) return err(otherRevision(model));
    parts.push(classPrototypes(encoded.value.embeddings, templates.length, encoded.value.dimension));
  }
  return ok(concatenateRows(parts));
}

function otherRevision(model: ModelReference): AppError<'model-mismatch'> {
  return appError(
    'model-mismatch',
    `The encoder has another revision of ${model.id} than this was made with; fit again, or send embeddings.`,
  );
}
