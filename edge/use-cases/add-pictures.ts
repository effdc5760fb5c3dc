// Adds pictures to a dataset, one or many: checks that they look like pictures, stores each new one once a tenant, and keeps
// to the tenant's storage limit. Does not decode: an unsound picture is found out when it is encoded.

import { type AppError, appError } from '#shared/app-error.ts';
import { itemRowBytes, maxDatasetNames } from '#shared/contracts/limits.ts';
import { describeBytes } from '#shared/describe-bytes.ts';
import { sha256Hex } from '#shared/digest.ts';
import { pictureTypeOf } from '#shared/pictures/signature.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { type ItemRecord, positionKey, type StoredPicture } from '../stores/item-record.ts';
import type { AlreadyThere, ItemStore } from '../stores/item-store.ts';
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

/** Rows of so many in one transaction, which others wait for. */
const insertedAtOnce = 48;
/** How often a picture that is deleted just while it is added is stored anew. */
const maxRounds = 3;

/** Items that were added or found before, by position. */
export type KnownItems = Map<string, ItemRecord>;

const maxKnownItems = 10_000;

/** In the order given. What is in `known` is not looked up again; what is added or found comes to it. */
export async function addPictures(
  pictures: readonly NewPicture[],
  target: AddTarget,
  sources: AddSources,
  known: KnownItems = new Map(),
): Promise<Result<AddedPicture, AppError<AddFailure>>[]> {
  const hashes = await Promise.all(pictures.map(({ bytes }) => sha256Hex(bytes)));
  const results: Result<AddedPicture, AppError<AddFailure>>[] = pictures.map(({ bytes }) =>
    err(describeNoPicture(bytes)),
  );
  let waiting = pictures.flatMap((picture, index) =>
    pictureTypeOf(picture.bytes) !== undefined ? [{ ...picture, index, sha256: hashes[index] ?? '' }] : [],
  );
  for (const picture of waiting) {
    const item = known.get(positionKey(picture));
    if (item !== undefined) results[picture.index] = ok({ item, isNew: false });
  }
  waiting = waiting.filter((picture) => !known.has(positionKey(picture)));
  if (waiting.length === 0) return results;
  for (let round = 0; round < maxRounds && waiting.length > 0; round++) {
    const { tenantId, datasetId } = target;
    const found = await sources.items.lookUp(tenantId, datasetId, [...firstOfEach(waiting).values()]);
    if (found.isFullOfNames) {
      const isAllowed = await allowedNames(waiting, target, sources.items);
      for (const picture of waiting) if (!isAllowed(picture)) results[picture.index] = err(tooManyNames);
      waiting = waiting.filter(isAllowed);
    }
    const outcome = await addRound(waiting, found, target, sources);
    for (const { index, result } of outcome.settled) {
      results[index] = result;
      if (result.ok && known.size < maxKnownItems)
        known.set(positionKey(result.value.item), result.value.item);
    }
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

/** Those pairs of environment and class that the dataset has. */
async function allowedNames(
  pictures: readonly NewPicture[],
  { tenantId, datasetId }: AddTarget,
  items: Pick<ItemStore, 'namesAmong'>,
): Promise<(picture: NewPicture) => boolean> {
  const names = await items.namesAmong(tenantId, datasetId, pictures);
  return (picture) =>
    names.some((name) => name.environment === picture.environment && name.class === picture.class);
}

type Waiting = NewPicture & { readonly index: number; readonly sha256: string };
type RoundOutcome = {
  readonly settled: readonly { index: number; result: Result<AddedPicture, AppError<AddFailure>> }[];
  readonly again: ReadonlySet<number>;
};

/** What is the same is stored once, and what is there already costs a look: an archive may name one picture thousands of times. */
async function addRound(
  waiting: readonly Waiting[],
  { pictures: present, items: there }: AlreadyThere,
  target: AddTarget,
  sources: AddSources,
): Promise<RoundOutcome> {
  const { tenantId, datasetId } = target;
  const { items } = sources;
  const first = firstOfEach(waiting);
  const missing = [...first].filter(([key]) => !there.has(key)).map(([, picture]) => picture);
  const { made, lost } = await insertMissing(missing, new Set(present.keys()), target, sources);
  const doubtful = missing.filter((picture) => {
    const key = positionKey(picture);
    return !made.has(key) && !lost.has(key);
  });
  const meanwhile = doubtful.length === 0 ? there : await items.findSame(tenantId, datasetId, doubtful);
  const refusal = doubtful.every((record) => meanwhile.has(positionKey(record)))
    ? undefined
    : err(await whyNot(target, items));
  const settled: RoundOutcome['settled'][number][] = [];
  const again = new Set<number>();
  for (const picture of waiting) {
    const key = positionKey(picture);
    const item = made.get(key) ?? there.get(key) ?? meanwhile.get(key);
    if (lost.has(key)) again.add(picture.index);
    else if (item !== undefined) {
      const isNew = made.has(key) && first.get(key) === picture;
      settled.push({ index: picture.index, result: ok({ item, isNew }) });
    } else if (refusal !== undefined) settled.push({ index: picture.index, result: refusal });
  }
  return { settled, again };
}

/** By position. */
function firstOfEach(pictures: readonly Waiting[]): ReadonlyMap<string, Waiting> {
  const first = new Map<string, Waiting>();
  for (const picture of pictures)
    if (!first.has(positionKey(picture))) first.set(positionKey(picture), picture);
  return first;
}

/** By position: the items that were made, and those whose picture was deleted just then. */
type Inserted = { readonly made: ReadonlyMap<string, ItemRecord>; readonly lost: ReadonlySet<string> };

/** `stored`: hashes of pictures that the tenant has; those that come to it are added. */
async function insertMissing(
  missing: readonly Waiting[],
  stored: Set<string>,
  { tenantId, datasetId, maxStoredBytes, nowMs }: AddTarget,
  sources: AddSources,
): Promise<Inserted> {
  const { items, objects, newItemId } = sources;
  const made = new Map<string, ItemRecord>();
  const lost = new Set<string>();
  for (let from = 0; from < missing.length; from += insertedAtOnce) {
    const group = missing.slice(from, from + insertedAtOnce);
    const fresh = new Map<string, Waiting>();
    for (const picture of group) if (!stored.has(picture.sha256)) fresh.set(picture.sha256, picture);
    // Before the rows that point at them: a crash in between leaves an object too many, never one too few.
    const newPictures = await Promise.all(
      [...fresh.values()].map((picture) => storePicture(tenantId, picture, sources)),
    );
    const records = group.map((picture) => ({ ...toRecord(picture, nowMs), id: newItemId() }));
    const outcome = await items.add(tenantId, datasetId, { items: records, newPictures, maxStoredBytes });
    if (outcome.unused.length > 0) await objects.remove(outcome.unused.map(({ storageKey }) => storageKey));
    const unused = new Set(outcome.unused.map(({ sha256 }) => sha256));
    for (const { sha256 } of newPictures) if (!unused.has(sha256)) stored.add(sha256);
    for (const record of outcome.lost) lost.add(positionKey(record));
    for (const [at, record] of records.entries())
      if (outcome.added[at]) made.set(positionKey(record), record);
  }
  return { made, lost };
}

async function storePicture(
  tenantId: string,
  { sha256, bytes }: Waiting,
  { objects, pictureKey }: AddSources,
): Promise<StoredPicture> {
  const storageKey = pictureKey(tenantId, sha256);
  await objects.put(storageKey, bytes);
  return { sha256, bytes: bytes.byteLength, storageKey };
}

async function whyNot(
  { tenantId, maxStoredBytes }: AddTarget,
  items: Pick<ItemStore, 'storedBytes'>,
): Promise<AppError<AddFailure>> {
  const used = await items.storedBytes(tenantId);
  return used + itemRowBytes > maxStoredBytes ? storageExceeded(maxStoredBytes) : datasetGone;
}

const tooManyNames = appError(
  'quota-exceeded',
  `A dataset may have at most ${maxDatasetNames} pairs of environment and class.`,
);

const datasetGone = appError('not-found', 'The dataset has been deleted.');

export function storageExceeded(maxStoredBytes: number): AppError<'quota-exceeded'> {
  return appError(
    'quota-exceeded',
    `The tenant may store at most ${describeBytes(maxStoredBytes)}; this would be more.`,
  );
}

function toRecord(picture: Waiting, nowMs: number): Omit<ItemRecord, 'id'> {
  const { sha256, bytes, environment, class: label, filename } = picture;
  return { sha256, bytes: bytes.byteLength, environment, class: label, filename, createdAtMs: nowMs };
}
