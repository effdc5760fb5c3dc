// An artefact that was made elsewhere becomes a version of a name: checked for what would keep it from answering, stored within
// the tenant's limit, published as a fitted one is.

import type { D1PreparedStatement, D1Result } from '@cloudflare/workers-types';
import { type AppError, appError } from '#shared/app-error.ts';
import { type Artefact, decodeArtefact } from '#shared/codec/icm-file.ts';
import { maxLabelBytes } from '#shared/contracts/limits.ts';
import type { ReleaseWish } from '#shared/contracts/release.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { ModelDirectory } from '../cache/model-directory.ts';
import type { ProjectionCache } from '../cache/projection-cache.ts';
import { giveWay } from '../clients/breathe.ts';
import { streamOf } from '../clients/framed-body.ts';
import type { ItemStore } from '../stores/item-store.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { ProjectionRecord } from '../stores/projection-record.ts';
import type { ProjectionStore } from '../stores/projection-store.ts';
import { storageExceeded } from './add-pictures.ts';
import type { Act } from './audit.ts';
import { decideRelease, type ReleaseSources } from './decide-release.ts';
import { describeArtefact } from './describe-artefact.ts';

export type UploadSources = ReleaseSources & {
  readonly projections: ProjectionStore;
  readonly projectionCache: Pick<ProjectionCache, 'forget'>;
  readonly modelDirectory: Pick<ModelDirectory, 'describe'>;
  readonly items: Pick<ItemStore, 'storedBytes'>;
  readonly objects: Pick<ObjectStore, 'get' | 'size' | 'putStream' | 'remove'>;
  readonly batch: (statements: D1PreparedStatement[]) => Promise<D1Result[]>;
  readonly artefactKey: (tenantId: string, projectionId: string) => string;
  readonly newId: (kind: 'projection') => string;
};

/** The next version of `name`. */
export async function uploadArtefact(
  tenant: { readonly id: string; readonly limits: { readonly storedBytes: number } },
  { name, release: wish }: { readonly name: string; readonly release: ReleaseWish },
  bytes: Uint8Array,
  sources: UploadSources,
  act: Act,
): Promise<Result<ProjectionRecord, AppError<'busy' | 'invalid-artefact' | 'quota-exceeded'>>> {
  const { projections, objects } = sources;
  const { nowMs } = act;
  await giveWay();
  const artefact = await decodeArtefact(bytes);
  if (!artefact.ok) return artefact;
  await giveWay();
  const fault = await faultOf(artefact.value, sources.modelDirectory, nowMs);
  if (fault !== undefined) return err(appError('invalid-artefact', `The artefact cannot answer: ${fault}.`));
  if ((await sources.items.storedBytes(tenant.id)) + bytes.byteLength > tenant.limits.storedBytes) {
    return err(storageExceeded(tenant.limits.storedBytes));
  }
  const id = sources.newId('projection');
  const projection = { id, name, jobId: undefined, datasets: [], recipe: undefined, createdAtMs: nowMs };
  await sources.batch([projections.insertStatement(tenant.id, projection)]);
  let isPublished = false;
  try {
    await objects.putStream(sources.artefactKey(tenant.id, id), streamOf([bytes]), bytes.byteLength);
    const described = describeArtefact(artefact.value.header, bytes.byteLength);
    const publication = { ...described, parts: [], statisticsKey: undefined };
    const { header, leftOut } = artefact.value;
    const record = leftOut === undefined ? { header } : { header, leftOut };
    const release = await decideRelease(tenant.id, { id, record }, wish, sources, act);
    if (!release.ok) return release;
    isPublished =
      release.value !== undefined &&
      (await projections.publishUpload(
        tenant.id,
        id,
        publication,
        release.value,
        tenant.limits.storedBytes,
        nowMs,
      ));
  } finally {
    // Where this is cut off too, housekeeping finds the row.
    if (!isPublished) await undoUpload(tenant.id, id, sources);
  }
  if (!isPublished) return err(storageExceeded(tenant.limits.storedBytes));
  await sources.projectionCache.forget(tenant.id, []);
  const record = await projections.find(tenant.id, { id });
  if (record === undefined) throw new Error(`projection ${id} is not there after it was made`);
  return ok(record);
}

export async function undoUpload(
  tenantId: string,
  id: string,
  {
    projections,
    objects,
    artefactKey,
  }: Pick<UploadSources, 'projections' | 'artefactKey'> & {
    readonly objects: Pick<ObjectStore, 'remove'>;
  },
): Promise<void> {
  await objects.remove([artefactKey(tenantId, id)]);
  await projections.discardUpload(tenantId, id);
}

/** Beyond what any fit gives, and far from where float32 overflows in between. */
const maxMagnitude = 1e6;

/** What 32 MiB hold of float32; half precision would make twice as much of a file. */
const maxNumbers = 8 * 1024 * 1024;

/** What keeps an artefact that is whole from giving answers that are numbers. */
async function faultOf(
  { header, leftOut: _, ...parts }: Artefact,
  modelDirectory: Pick<ModelDirectory, 'describe'>,
  nowMs: number,
): Promise<string | undefined> {
  const arrays = new Set(arraysIn(parts));
  const numbers = [...arrays].reduce((total, { length }) => total + length, 0);
  if (numbers > maxNumbers) return `it holds more than ${maxNumbers} numbers`;
  for (const array of arrays) {
    if (!isWithin(array, maxMagnitude)) return 'it holds numbers too large to multiply';
    await giveWay();
  }
  const { model, embeddingDimension, labels } = header;
  if (labelBytes(labels) > maxLabelBytes) return `its labels have more than ${maxLabelBytes} bytes together`;
  const described = await modelDirectory.describe(model.id, nowMs);
  // A model that this service does not have, or not in this revision, is found out when somebody asks.
  if (!described.ok || described.value.reference.revision !== model.revision) return undefined;
  const expected = described.value.embeddingDimension;
  return expected === embeddingDimension
    ? undefined
    : `its embeddings have ${embeddingDimension} numbers, those of its model ${expected}`;
}

function isWithin(array: Float32Array, bound: number): boolean {
  for (let i = 0; i < array.length; i++) if (Math.abs(array[i] as number) > bound) return false;
  return true;
}

/** Together, in UTF-8. */
function labelBytes(labels: readonly string[]): number {
  return new TextEncoder().encode(labels.join('')).byteLength;
}

function arraysIn(value: unknown): Float32Array[] {
  if (value instanceof Float32Array) return [value];
  if (value instanceof Map) return arraysIn([...value.values()]);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(arraysIn) : [];
}
