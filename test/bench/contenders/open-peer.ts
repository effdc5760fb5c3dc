// The peers, each a process of its own with the packages of test/bench/peers/package.json, which the project does not need itself.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { leashProcess } from '../../../infra/local/leash.ts';
import { projectRoot } from '../../../infra/project-root.ts';
import { NotSetUp } from '../benchmark.ts';
import { peakMiB, treeCpuMs } from '../processes.ts';
import type { Contender, Run } from './contender.ts';

const directory = path.join(projectRoot, 'test/bench/peers');

/** Throws, with what to do, where the packages are not installed. */
export function checkPeers(): void {
  if (existsSync(path.join(directory, 'node_modules/@huggingface/transformers'))) return;
  throw new NotSetUp('the peers are not installed: npm ci --prefix test/bench/peers');
}

export type Peer = Pick<Contender, 'cpuMs' | 'peakMiB'> & {
  readonly process: ChildProcess;
  /** What it said when it was ready. */
  readonly told: { readonly port?: number };
  readonly close: () => Promise<void>;
};

export async function openPeer(script: string, parameters: readonly string[]): Promise<Peer> {
  const child = fork(path.join(directory, script), parameters, { cwd: directory, stdio: 'inherit' });
  leashProcess(child);
  const ended = once(child, 'exit');
  const told = await Promise.race([
    once(child, 'message').then(([message]) => message),
    ended.then(([code]) => Promise.reject(new Error(`${script} ended with ${code}`))),
  ]);
  const id = child.pid ?? 0;
  return {
    process: child,
    told,
    cpuMs: () => treeCpuMs(id),
    peakMiB: () => peakMiB(id) ?? Number.NaN,
    close: async () => {
      child.kill();
      await ended.catch(() => undefined);
    },
  };
}

/** In process there is no concurrency but that of a batch. */
export function runInProcess({ process }: Peer): Contender['run'] {
  return async (count, batchSize): Promise<Run> => {
    const startedMs = performance.now();
    process.send({ count, batchSize });
    const [{ latenciesMs }] = await once(process, 'message');
    return { seconds: (performance.now() - startedMs) / 1000, latenciesMs };
  };
}
