// Cuts a slice of a dataset into shards of bounded count and bytes, in the order of content hashes, so that the same pictures
// always give the same shards. Writes each shard's list to storage, and reads it for the step of that shard; reads no picture.

import { z } from 'zod';
import { toHex } from '#shared/digest.ts';
import type { DatasetSlices, ItemSlice, PlannedItem } from '../stores/dataset-slices.ts';
import type { ItemPosition } from '../stores/item-record.ts';
import { objectKeys } from '../stores/object-keys.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { Run } from '../stores/run-store.ts';

export const ShardItem = z.object({
  id: z.string(),
  sha256: z.string(),
  bytes: z.int(),
  environment: z.string(),
  class: z.string().optional(),
  filename: z.string().optional(),
  storageKey: z.string(),
});
export type ShardItem = z.infer<typeof ShardItem>;

export const ShardList = z.array(ShardItem);

export type ShardLimits = { readonly maxItems: number; readonly maxBytes: number };

type PlanSources = {
  readonly slices: Pick<DatasetSlices, 'inHashOrder'>;
  readonly objects: Pick<ObjectStore, 'put'>;
};

export type CutSlice = {
  readonly pictures: number;
  readonly shards: number;
  /** SHA-256 over hash, environment and class of every item, in order. */
  readonly itemsHash: string;
};

const pageItems = 1000;

/** Of more pictures than this, shards grow: every shard costs a file of sums, whatever the number of its pictures. */
const growsBeyondPictures = 4096;
const largeShards = 32;
const maxShardItems = 1024;

export function shardLimits(limits: ShardLimits, pictures: number): ShardLimits {
  if (pictures <= growsBeyondPictures) return limits;
  const grown = Math.min(maxShardItems, Math.ceil(pictures / largeShards));
  return { ...limits, maxItems: Math.max(limits.maxItems, grown) };
}

/** Shards are numbered from `first` on. Holds one of them and one page. */
export async function cutSlice(
  { tenantId, jobId }: Pick<Run, 'tenantId' | 'jobId'>,
  slice: Omit<ItemSlice, 'tenantId'>,
  limits: ShardLimits,
  { slices, objects }: PlanSources,
  first = 0,
): Promise<CutSlice> {
  const digest = new crypto.DigestStream('SHA-256');
  const writer = digest.getWriter();
  let [pictures, shards, bytes] = [0, 0, 0];
  let shard: PlannedItem[] = [];
  const close = async () => {
    await objects.put(objectKeys.plan(tenantId, jobId, first + shards), JSON.stringify(shard));
    shards += 1;
    shard = [];
    bytes = 0;
  };
  let after: ItemPosition | undefined;
  for (;;) {
    const page = await slices.inHashOrder({ tenantId, ...slice }, after, pageItems);
    for (const item of page) {
      const isFull = shard.length >= limits.maxItems || bytes + item.bytes > limits.maxBytes;
      if (isFull && shard.length > 0) await close();
      shard.push(item);
      bytes += item.bytes;
      pictures += 1;
    }
    if (page.length > 0) await writer.write(encoder.encode(page.map(identity).join('')));
    after = page.at(-1);
    if (page.length < pageItems) break;
  }
  if (shard.length > 0) await close();
  await writer.close();
  return { pictures, shards, itemsHash: toHex(new Uint8Array(await digest.digest)) };
}

export async function readShard(
  { tenantId, jobId }: Run,
  shard: number,
  objects: Pick<ObjectStore, 'getText'>,
): Promise<ShardItem[]> {
  const text = await objects.getText(objectKeys.plan(tenantId, jobId, shard));
  if (text === undefined) throw new Error(`shard ${shard} of ${jobId} has no list`);
  return ShardList.parse(JSON.parse(text));
}

const encoder = new TextEncoder();

/** Names hold no control characters, so this is without ambiguity. */
function identity({ sha256, environment, class: label }: PlannedItem): string {
  return `${sha256}\t${environment}\t${label ?? ''}\n`;
}
