// Another checkout of the project, e.g. of the commit before a change, with its own packages, bundle and worker. Spoken to by
// the public HTTP API alone, so that any commit will do that has `clip-icm serve`.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { leashProcess } from '../../../infra/local/leash.ts';
import { openScratchDirectory } from '../../../infra/local/scratch-directory.ts';
import { treeCpuMs, treePeakMiB } from '../processes.ts';
import type { Contender } from './contender.ts';
import { openTenant } from './open-tenant.ts';

export type Checkout = Pick<Contender, 'cpuMs' | 'peakMiB'> & {
  readonly url: string;
  readonly key: string;
  readonly close: () => Promise<void>;
};

export async function openCheckout(directory: string, modelsDirectory: string): Promise<Checkout> {
  // As this commit's own stack has it: in memory where there is room.
  const { path: state } = await openScratchDirectory();
  // As its own `npm start` does, whose words are `node FILE serve`.
  const { scripts } = await readJson(directory, 'package.json');
  const words = String(scripts.start).split(' ').slice(1);
  const options = ['--port', '0', '--data-dir', state, '--models-dir', modelsDirectory];
  const child = spawn(process.execPath, [...words, ...options], {
    cwd: path.resolve(directory),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  leashProcess(child);
  await untilReady(child, state);
  const { url } = await readJson(state, 'development-key.json');
  const { adminSecret } = await readJson(state, 'secrets.json');
  const id = child.pid ?? 0;
  return {
    url,
    key: await openTenant(url, adminSecret),
    cpuMs: () => treeCpuMs(id),
    peakMiB: () => treePeakMiB(id),
    close: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

/** It prints once it can be asked. */
async function untilReady(child: ChildProcess, state: string): Promise<void> {
  if (child.stdout === null) throw new Error('its output is a pipe');
  const lines = createInterface({ input: child.stdout });
  await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([code]) =>
      Promise.reject(new Error(`the other checkout's stack ended with ${code}, its state in ${state}`)),
    ),
  ]);
}

async function readJson(directory: string, name: string) {
  return JSON.parse(await readFile(path.join(directory, name), 'utf8'));
}
