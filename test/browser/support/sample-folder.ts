// A folder tree `environment/class/file` of sample pictures, small enough that a fit on it takes seconds.

import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { drawnConcepts } from './drawn.ts';

const emoji = path.resolve(import.meta.dirname, '../../../samples/emoji');
const environments = ['noto', 'twemoji', 'emojione'];

export const sampleCounts = {
  pictures: environments.length * drawnConcepts.length,
  environments: environments.length,
  classes: drawnConcepts.length,
} as const;

export type SampleFolder = { readonly directory: string; remove(): Promise<void> };

export function samplePicture(environment: string, name: string): string {
  return path.join(emoji, environment, name, `${name}.png`);
}

export async function makeSampleFolder(): Promise<SampleFolder> {
  const parent = await mkdtemp(path.join(tmpdir(), 'clip-icm-tree-'));
  const directory = path.join(parent, 'zoo');
  for (const environment of environments) {
    for (const name of drawnConcepts) {
      await cp(path.join(emoji, environment, name), path.join(directory, environment, name), {
        recursive: true,
      });
    }
  }
  return { directory, remove: () => rm(parent, { recursive: true, force: true }) };
}
