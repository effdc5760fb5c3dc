// `node test/bench/make-vit-b16.ts [DIRECTORY]`: writes a random-weight model of ViT-B/16's exact shape (600 MB), by default where
// the benchmarks look for it, unless it is there already.

import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { vitBasePatch16, writeClipModel } from './model/write-clip-model.ts';

export const benchModels = join(import.meta.dirname, '../../.cache/bench/models');

/** The directory of the model, written aside and moved into place whole. */
export async function ensureVitBasePatch16(directory = join(benchModels, 'random-vit-b16')): Promise<string> {
  if (existsSync(directory)) return directory;
  const building = `${directory}.${process.pid}`;
  try {
    await writeClipModel(building, vitBasePatch16, 1);
    await rename(building, directory);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  return directory;
}

if (import.meta.main) console.log(await ensureVitBasePatch16(process.argv[2]));
