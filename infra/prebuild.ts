// `node infra/prebuild.ts`: builds the edge and its static files into prebuilt/, where the local stack finds them and
// builds nothing. For what is shipped (the package, an image), never for a checkout that is worked in.

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { buildAssets } from './assets.ts';
import { buildEdge } from './local/edge-bundle.ts';
import { projectRoot } from './project-root.ts';

export async function writePrebuilt(directory: string): Promise<void> {
  const parts = { assets: buildAssets, edge: buildEdge };
  await Promise.all(
    Object.entries(parts).map(async ([name, build]) => {
      const part = path.join(directory, name);
      await mkdir(part, { recursive: true });
      await build(part);
    }),
  );
}

if (import.meta.main) await writePrebuilt(path.join(projectRoot, 'prebuilt'));
