// The models of a worker: loaded when first asked for, shared by all requests, unloaded least recently used first when
// together they exceed a budget of bytes. A model in use is never unloaded.

import { join } from 'node:path';
import type { AppError } from '#shared/app-error.ts';
import type { ModelVariant } from '#shared/contracts/model-variants.ts';
import { ok, type Result } from '#shared/result.ts';
import { type Encoder, type EncoderInfo, loadEncoder } from './encoder.ts';
import type { Engine } from './engine.ts';
import type { ModelFailure } from './model-directory.ts';

export type Lease = { readonly encoder: Encoder; readonly release: () => void };

export type ModelStore = {
  /** The caller releases what it got. */
  readonly lease: (name: string) => Promise<Result<Lease, AppError<ModelFailure>>>;
  readonly loaded: () => readonly EncoderInfo[];
};

export type ModelStoreOptions = {
  readonly engine: Engine;
  readonly directory: string;
  readonly variant: ModelVariant;
  readonly byteBudget: number;
};

type Entry = {
  readonly loading: Promise<Result<Encoder, AppError<ModelFailure>>>;
  encoder: Encoder | undefined;
  users: number;
};

export function createModelStore({ engine, directory, variant, byteBudget }: ModelStoreOptions): ModelStore {
  // A Map keeps the order of insertion: the first entry is the one not used for longest.
  const entries = new Map<string, Entry>();

  function find(name: string): Entry {
    const entry = entries.get(name) ?? {
      loading: loadEncoder(engine, join(directory, name), { id: name, variant }),
      encoder: undefined,
      users: 0,
    };
    entries.delete(name);
    entries.set(name, entry);
    return entry;
  }

  function forget(name: string, entry: Entry): void {
    if (entries.get(name) === entry) entries.delete(name);
  }

  async function evict(): Promise<void> {
    let bytes = 0;
    for (const { encoder } of entries.values()) bytes += encoder?.info.byteLength ?? 0;
    for (const [name, { encoder, users }] of entries) {
      if (bytes <= byteBudget) return;
      if (users > 0 || encoder === undefined) continue;
      entries.delete(name);
      bytes -= encoder.info.byteLength;
      await encoder.close();
    }
  }

  return {
    async lease(name) {
      const entry = find(name);
      entry.users++;
      const release = () => {
        entry.users--;
        void evict();
      };
      try {
        const encoder = await entry.loading;
        if (!encoder.ok) {
          forget(name, entry);
          return encoder;
        }
        entry.encoder = encoder.value;
        await evict();
        return ok({ encoder: encoder.value, release });
      } catch (error) {
        forget(name, entry);
        throw error;
      }
    },
    loaded: () => [...entries.values()].flatMap(({ encoder }) => encoder?.info ?? []),
  };
}
