// Adds pictures to a dataset, one or many: checks that they look like pictures, stores each new one once a tenant, and keeps
// to the tenant's storage limit. Does not decode: an unsound picture is found out when it is encoded.

import { type AppError, appError } from '#shared/app-error.ts';
import { itemRowBytes, maxDatasetNames } from '#shared/contracts/limits.ts';
import { sha256Hex } from '#shared/digest.ts';
import { pictureTypeOf } from '#shared/pictures/signature.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { ItemRecord, ItemStore, StoredPicture } from '../stores/item-store.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { describeNoPicture } from './picture-format.ts';

export type NewPicture = {
  readonly bytes: Uint8Array;
  readonly environment: string;
  readonly class: string | undefined;
  readonly filename: string | undefined;
};

/** Not a picture; no room within the tenant's limit; the dataset is gone. */
export type AddFailure = 'unreadable-picture' | 'quota-exceeded' | 'not-found';

export type AddedPicture = { readonly item: ItemRecord; readonly isNew: boolean };

export type AddTarget = {
  readonly tenantId: string;
  readonly datasetId: string;
  readonly maxStoredBytes: number;
  readonly nowMs: number;
};

export type AddSources = {
  readonly items: ItemStore;
  readonly objects: Pick<ObjectStore, 'put' | 'remove'>;
  readonly newItemId: () => string;
  /** A fresh name for the object of a picture; never the same twice. */
  readonly pictureKey: (tenantId: string, sha256: string) => string;
};

/** How often a picture that is deleted just while it is added is stored anew. */
const maxRounds = 3;

/** In the order given. */
export async function addPictures(
  pictures: readonly NewPicture[],
  target: AddTarget,
  sources: AddSources,
): Promise<Result<AddedPicture, AppError<AddFailure>>[]> {
  const hashes = await Promise.all(pictures.map(({ bytes }) => sha256Hex(bytes)));
  const results: Result<AddedPicture, AppError<AddFailure>>[] = pictures.map(({ bytes }) =>
    err(describeNoPicture(bytes)),
  );
  let waiting = pictures.flatMap((picture, index) =>
    pictureTypeOf(picture.bytes) !== undefined ? [{ ...picture, index, sha256: hashes[index] ?? '' }] : [],
  );
  if (waiting.length === 0) return results;
  const isAllowed = await allowedNames(waiting, target, sources.items);
  for (const { index } of waiting.filter((picture) => !isAllowed(picture)))
    results[index] = err(tooManyNames);
  waiting = waiting.filter(isAllowed);
  for (let round = 0; round < maxRounds && waiting.length > 0; round++) {
    const outcome = await addRound(waiting, target, sources);
    for (const { index, result } of outcome.settled) results[index] = result;
    waiting = waiting.filter(({ index }) => outcome.again.has(index));
  }
  if (waiting.length > 0) {
    const used = await sources.items.storedBytes(target.tenantId);
    for (const { index, bytes } of waiting) {
      const full = used + bytes.byteLength + itemRowBytes * pictures.length > target.maxStoredBytes;
      results[index] = err(full ? storageExceeded(target.maxStoredBytes) : datasetGone);
    }
  }
  return results;
}

/** Any pair of environment and class while the dataset has room for more of them, else those that it has. */
async function allowedNames(
  pictures: readonly NewPicture[],
  { tenantId, datasetId }: AddTarget,
  items: Pick<ItemStore, 'namesWhereFull'>,
): Promise<(picture: NewPicture) => boolean> {
  const known = await items.namesWhereFull(tenantId, datasetId, pictures, maxDatasetNames);
  return (picture) =>
    known === undefined ||
    known.some((name) => name.environment === picture.environment && name.class === picture.class);
}

type Waiting = NewPicture & { readonly index: number; readonly sha256: string };
type RoundOutcome = {
  readonly settled: readonly { index: number; result: Result<AddedPicture, AppError<AddFailure>> }[];
  readonly again: ReadonlySet<number>;
};

async function addRound(
  waiting: readonly Waiting[],
  target: AddTarget,
  { items, objects, newItemId, pictureKey }: AddSources,
): Promise<RoundOutcome> {
  const { tenantId, datasetId, maxStoredBytes, nowMs } = target;
  const present = await items.pictures(tenantId, [...new Set(waiting.map(({ sha256 }) => sha256))]);
  const fresh = new Map<string, Waiting>();
  for (const picture of waiting) if (!present.has(picture.sha256)) fresh.set(picture.sha256, picture);
  // Before the rows that point at them: a crash in between leaves an object too many, never one too few.
  const newPictures = await Promise.all([...fresh.values()].map(store));
  const records = waiting.map((picture) => ({ ...toRecord(picture, nowMs), id: newItemId() }));
  const { added, lost, unused } = await items.add(tenantId, datasetId, {
    items: records,
    newPictures,
    maxStoredBytes,
  });
  if (unused.length > 0) await objects.remove(unused.map(({ storageKey }) => storageKey));
  const lostIds = new Set(lost.map(({ id }) => id));
  const settled = await Promise.all(
    waiting.map(async ({ index }, at) => {
      const record = records[at];
      if (record === undefined || lostIds.has(record.id)) return [];
      if (added[at]) return [{ index, result: ok({ item: record, isNew: true }) }];
      const same = await items.findSame(tenantId, datasetId, record);
      if (same !== undefined) return [{ index, result: ok({ item: same, isNew: false }) }];
      const used = await items.storedBytes(tenantId);
      const full = used + itemRowBytes > maxStoredBytes;
      return [{ index, result: err(full ? storageExceeded(maxStoredBytes) : datasetGone) }];
    }),
  );
  const again = new Set(
    waiting.flatMap(({ index }, at) => (lostIds.has(records[at]?.id ?? '') ? [index] : [])),
  );
  return { settled: settled.flat(), again };

  async function store({ sha256, bytes }: Waiting): Promise<StoredPicture> {
    const storageKey = pictureKey(tenantId, sha256);
    await objects.put(storageKey, bytes);
    return { sha256, bytes: bytes.byteLength, storageKey };
  }
}

const tooManyNames = appError(
  'quota-exceeded',
  `A dataset may have at most ${maxDatasetNames} pairs of environment and class.`,
);

const datasetGone = appError('not-found', 'The dataset has been deleted.');

function storageExceeded(maxStoredBytes: number): AppError<'quota-exceeded'> {
  return appError(
    'quota-exceeded',
    `The tenant may store at most ${maxStoredBytes} bytes; this would be more.`,
  );
}

function toRecord(picture: Waiting, nowMs: number): Omit<ItemRecord, 'id'> {
  const { sha256, bytes, environment, class: label, filename } = picture;
  return { sha256, bytes: bytes.byteLength, environment, class: label, filename, createdAtMs: nowMs };
}
