// The profiles of environments as they were when a batch began: a night of answers by one state of each, whoever adds to a
// profile meanwhile. Written by the plan, read by the shards under the names that choosing a head has for live ones.

import { z } from 'zod';
import { ModelReference } from '#shared/contracts/common.ts';
import { fromBase64, toBase64 } from '#shared/digest.ts';
import { createLru } from '#shared/lru.ts';
import type { EnvironmentMean, ProfileContent } from '../stores/environment-record.ts';
import type { EnvironmentStore } from '../stores/environment-store.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { HeadSources } from '../use-cases/chosen-head.ts';

const Frozen = z.object({
  id: z.string(),
  name: z.string(),
  model: ModelReference,
  pictures: z.number(),
  revision: z.number(),
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
  /** Float64. */
  sum: z.string(),
  kept: z.string(),
  /** The mean of the tenant's other profiles, float32; absent where there are none. */
  others: z.string().optional(),
});

type Profile = EnvironmentMean & ProfileContent;
type Thawed = { readonly profile: Profile; readonly others: Float32Array | undefined };

export function freezeProfile(profile: Profile, others: Float32Array | undefined): string {
  const { sum, kept, ...record } = profile;
  const frozen: z.infer<typeof Frozen> = {
    ...record,
    sum: toBase64(bytesOf(sum)),
    kept: toBase64(kept),
    ...(others === undefined ? {} : { others: toBase64(bytesOf(others)) }),
  };
  return JSON.stringify(frozen);
}

const maxBytes = 8 * 1024 * 1024;
const maxAppliedBytes = 1024 * 1024;

/** `keyOf` says where a name's profile is; names without one are of sources of a projection, which never change. */
export function frozenSources(
  keyOf: (name: string) => string | undefined,
  objects: Pick<ObjectStore, 'getText'>,
): Pick<HeadSources, 'environments' | 'environmentStore' | 'profileMemory'> {
  const memory = createLru<Thawed>({ maxWeight: maxBytes });
  const find = async (name: string): Promise<Thawed | undefined> => {
    const key = keyOf(name);
    const known = key === undefined ? undefined : memory.get(key, 0);
    if (key === undefined || known !== undefined) return known;
    const text = await objects.getText(key);
    if (text === undefined) throw new Error(`${key} is not there`);
    const thawed = thaw(text);
    memory.set(key, thawed, 2 * text.length, 0);
    return thawed;
  };
  const environmentStore: Pick<EnvironmentStore, 'findWhole'> = {
    findWhole: async (_tenantId, name) => (await find(name))?.profile,
  };
  return {
    environments: {
      peek: () => undefined,
      get: async (_tenantId, name) => (await find(name))?.profile,
      meanOfOthers: async (_tenantId, _model, name) => (await find(name))?.others,
      forget: () => undefined,
    },
    environmentStore,
    profileMemory: createLru({ maxWeight: maxAppliedBytes }),
  };
}

function thaw(text: string): Thawed {
  const { sum, kept, others, ...record } = Frozen.parse(JSON.parse(text));
  return {
    profile: { ...record, sum: new Float64Array(read(sum)), kept: new Uint8Array(read(kept)) },
    others: others === undefined ? undefined : new Float32Array(read(others)),
  };
}

function bytesOf(values: Float64Array | Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** A buffer of its own. */
function read(text: string): ArrayBuffer {
  const bytes = fromBase64(text);
  if (bytes === undefined) throw new Error('a frozen profile is damaged');
  return bytes.slice().buffer;
}
