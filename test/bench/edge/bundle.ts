// What the edge's script weighs, and what it costs to start.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { loadEdgeBundle } from '../../../infra/local/edge-bundle.ts';
import { projectRoot } from '../../../infra/project-root.ts';

/** Of everything that is uploaded with the script; static files are not. */
export async function bundleKiB(): Promise<number> {
  const { modules } = await loadEdgeBundle();
  const sizes = await Promise.all(
    modules.map(async ({ contents }) => (await promisify(gzip)(contents)).byteLength),
  );
  return sizes.reduce((sum, size) => sum + size, 0) / 1024;
}

type Profile = {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string } }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
};

/** By wrangler's own profile of the script's top level, idle time left out. */
export async function startUpCpuMs(): Promise<number> {
  const directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-bench-'));
  try {
    const outfile = path.join(directory, 'start.cpuprofile');
    // Wrangler wants the static files to be somewhere; what they are makes no difference here.
    await mkdir(path.join(projectRoot, 'dist/assets'), { recursive: true });
    const wrangler = path.join(projectRoot, 'node_modules/wrangler/bin/wrangler.js');
    const child = spawn(process.execPath, [wrangler, 'check', 'startup', '--outfile', outfile], {
      cwd: projectRoot,
      stdio: 'ignore',
      // Nothing is deployed, so the placeholders of wrangler.toml may stand.
      env: {
        ...process.env,
        CLIP_ICM_PLACEHOLDERS: 'allowed',
        WRANGLER_SEND_METRICS: 'false',
        NO_COLOR: '1',
      },
    });
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`wrangler check startup ended with ${code}`);
    return busyMs(JSON.parse(await readFile(outfile, 'utf8')));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function busyMs({ nodes, samples, timeDeltas }: Profile): number {
  const idle = new Set(
    nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id),
  );
  return samples.reduce((sum, id, at) => sum + (idle.has(id) ? 0 : (timeDeltas[at] ?? 0)), 0) / 1000;
}
