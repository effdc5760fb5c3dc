// The models of a worker: loaded when first asked for, shared by all requests, unloaded least recently used first when
// together they exceed a budget of bytes. A model in use is never unloaded. One that cannot be used is not tried again until its
// files change: loading it costs as much as loading a good one.

import type { AppError } from '#shared/app-error.ts';
import type { ModelVariant } from '#shared/contracts/model-variants.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { type Encoder, type EncoderInfo, loadEncoder } from './encoder.ts';
import type { Engine } from './engine.ts';
import { findModelDirectory, findModels, fingerprint, type InstalledModel } from './installed-models.ts';
import type { ModelFailure } from './model-directory.ts';

export type Lease = { readonly encoder: Encoder; readonly release: () => void };

export type ModelStore = {
  /** The caller releases what it got. */
  readonly lease: (name: string) => Promise<Result<Lease, AppError<ModelFailure>>>;
  readonly loaded: () => readonly EncoderInfo[];
  /** Why a model could not be loaded when it was tried last. */
  readonly failure: (name: string) => string | undefined;
  /** Those in the directories, by what their small files say. */
  readonly installed: () => Promise<readonly InstalledModel[]>;
};

export type ModelStoreObserver = {
  readonly loaded: (info: EncoderInfo) => void;
  readonly failed: (name: string, error: AppError<ModelFailure>) => void;
};

export type ModelStoreOptions = {
  readonly engine: Engine;
  /** One, or several as in PATH. */
  readonly directory: string;
  readonly variant: ModelVariant;
  readonly byteBudget: number;
  readonly observer?: ModelStoreObserver;
};

type Entry = {
  readonly loading: Promise<Result<Encoder, AppError<ModelFailure>>>;
  encoder: Encoder | undefined;
  users: number;
};

type Failure = { readonly error: AppError<ModelFailure>; readonly fingerprint: string };

export function createModelStore(options: ModelStoreOptions): ModelStore {
  const { engine, directory, variant, byteBudget, observer } = options;
  // A Map keeps the order of insertion: the first entry is the one not used for longest.
  const entries = new Map<string, Entry>();
  const failures = new Map<string, Failure>();

  function find(name: string): Entry {
    const entry = entries.get(name) ?? { loading: load(name), encoder: undefined, users: 0 };
    entries.delete(name);
    entries.set(name, entry);
    return entry;
  }

  async function load(name: string): Promise<Result<Encoder, AppError<ModelFailure>>> {
    const path = await findModelDirectory(directory, name);
    const before = await fingerprint(path);
    const known = failures.get(name);
    if (known !== undefined && known.fingerprint === before) return err(known.error);
    failures.delete(name);
    const loaded = await loadEncoder(engine, path, { id: name, variant });
    if (loaded.ok) observer?.loaded(loaded.value.info);
    else {
      observer?.failed(name, loaded.error);
      if (loaded.error.code !== 'not-found') failures.set(name, { error: loaded.error, fingerprint: before });
    }
    return loaded;
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
    failure: (name) => failures.get(name)?.error.detail,
    installed: () => findModels(directory, variant),
  };
}
