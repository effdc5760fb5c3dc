// How long one waits: for a worker, for an edge, and for the whole of `npm start` until its first answer.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { loadEdgeBundle } from '../../infra/local/edge-bundle.ts';
import { startGpuWorker } from '../../infra/local/gpu-worker-process.ts';
import { leashProcess } from '../../infra/local/leash.ts';
import { createSecrets } from '../../infra/local/local-secrets.ts';
import { openEdge } from '../../infra/local/open-edge.ts';
import { projectRoot } from '../../infra/project-root.ts';
import type { Benchmark } from './benchmark.ts';
import { alternate, median } from './measure.ts';

export const start: Benchmark = {
  name: 'start',
  summary: 'from nothing to ready, and to a first answer',
  run: async (say) => {
    // Built once and kept: what is timed is a start like every one after the first.
    await loadEdgeBundle();
    say('worker, edge and npm start in turns, 5 times');
    const times = await alternate({ worker: startWorker, edge: startEdge, npmStart: startAll });
    return [
      { what: 'worker ready with nano-clip', value: median(times.worker), unit: 'ms' },
      { what: 'edge ready', value: median(times.edge), unit: 'ms', note: 'new state, migrations included' },
      {
        what: 'npm start to the first answer',
        value: median(times.npmStart),
        unit: 'ms',
        note: 'new state, a picture classified',
      },
    ];
  },
};

async function startWorker(): Promise<number> {
  const startedMs = performance.now();
  const worker = await startGpuWorker({ secret: createSecrets().workerSecret });
  try {
    await worker.ready();
    return performance.now() - startedMs;
  } finally {
    await worker.close();
  }
}

async function startEdge(): Promise<number> {
  const { keyPepper, adminSecret, workerSecret } = createSecrets();
  const startedMs = performance.now();
  const edge = await openEdge({
    bindings: { KEY_PEPPER: keyPepper, ADMIN_SECRET: adminSecret, WORKER_SECRET: workerSecret },
  });
  try {
    const answer = await fetch(`${edge.url}/healthz`);
    if (!answer.ok) throw new Error(`the edge answers ${answer.status}`);
    return performance.now() - startedMs;
  } finally {
    await edge.close();
  }
}

async function startAll(): Promise<number> {
  const directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-bench-'));
  const picture = new Uint8Array(await readFile(path.join(projectRoot, 'samples/emoji/noto/cat/cat.png')));
  const startedMs = performance.now();
  const child = spawn('npm', ['start', '--', '--port', '0', '--data-dir', directory], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  leashProcess(child);
  try {
    const { address = '', key = '' } = await readBanner(child.stdout);
    const answer = await fetch(`${address}/v1/classifications?labels=cat&labels=dog`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'image/png' },
      body: picture,
    });
    if (!answer.ok) throw new Error(`npm start answers ${answer.status}: ${await answer.text()}`);
    return performance.now() - startedMs;
  } finally {
    const ended = once(child, 'exit');
    // npm passes no signal on; the group gets it whole.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await ended;
    await rm(directory, { recursive: true, force: true });
  }
}

/** The `name  value` lines of the banner, up to the last one needed here. */
async function readBanner(output: NodeJS.ReadableStream): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const line of createInterface({ input: output })) {
    const [, name, value] = /^ {2}(\w+) +(\S+)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) found[name] = value;
    if (found.address !== undefined && found.key !== undefined) return found;
  }
  throw new Error('npm start ended before it was ready');
}
