// A GPU worker as a child process that is started again whenever it dies. Keeps what it printed last, to explain a
// start that failed; speaks to it only through /readyz and signals.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { backoffMs } from '#shared/backoff.ts';
import { modelsPath } from '../models/models-home.ts';
import { projectRoot } from '../project-root.ts';
import { giveWayToOthers } from './give-way.ts';
import { leashProcess } from './leash.ts';
import { startFailure } from './start-failure.ts';

export type GpuWorkerOptions = {
  readonly secret: string;
  readonly modelsDirectory?: string | undefined;
  readonly model?: string | undefined;
  /** Asked through another address than its own, so that it cannot tell what is meant for it. */
  readonly isBehindAnother?: boolean | undefined;
  /** To whatever else wants the processor; default true. */
  readonly goesSecond?: boolean | undefined;
  /** Over what the worker is given otherwise. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly onLog?: ((line: string) => void) | undefined;
  /** A process that had been ready ended by itself and is started again; `cause` is its signal or exit code. */
  readonly onRestart?: ((cause: string) => void) | undefined;
};

export type GpuWorkerProcess = {
  readonly url: string;
  /** Of the present process; `undefined` between two. */
  pid(): number | undefined;
  /** Resolves once it answers as ready, now or after the restart under way. */
  ready(): Promise<void>;
  /** Ends the process with this signal and keeps it down until `resume`; default SIGTERM, which drains. */
  suspend(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again and waits until it is ready. */
  resume(): Promise<void>;
  close(): Promise<void>;
};

const readyTimeoutMs = 60_000;
const firstRestartDelayMs = 250;
const maxRestartDelayMs = 10_000;
/** A process that has lived this long begins anew with the shortest delay. */
const stableAfterMs = 30_000;
const drainTimeoutMs = 8_000;
const keptLines = 20;

/** Starts on a free port, which it keeps over restarts. Returns at once; `ready` tells how the start went. */
export async function startGpuWorker(options: GpuWorkerOptions): Promise<GpuWorkerProcess> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const lastLines: string[] = [];
  let child: ChildProcess | undefined;
  let isWanted = true;
  let failures = 0;
  let hasBeenReady = false;

  function start(): void {
    const startedMs = performance.now();
    lastLines.length = 0;
    const process = spawnWorker(options, port, (line) => {
      lastLines.push(line);
      if (lastLines.length > keptLines) lastLines.shift();
      options.onLog?.(line);
    });
    child = process;
    process.once('exit', (code, signal) => {
      if (child !== process) return;
      child = undefined;
      if (isWanted && hasBeenReady) options.onRestart?.(signal ?? `exit code ${code}`);
      failures = performance.now() - startedMs > stableAfterMs ? 0 : failures + 1;
      const delayMs = backoffMs(Math.max(0, failures - 1), {
        baseMs: firstRestartDelayMs,
        maxMs: maxRestartDelayMs,
      });
      if (isWanted) setTimeout(() => isWanted && child === undefined && start(), delayMs).unref();
    });
  }

  async function ready(): Promise<void> {
    const failuresBefore = failures;
    const deadlineMs = performance.now() + readyTimeoutMs;
    while (!(await answersReady(url))) {
      const isOver = performance.now() > deadlineMs;
      // A first start that ends by itself will do so again (a missing model, a bad setting); later, the exit of the
      // process before may still be on its way.
      const isHopeless = failures > failuresBefore + (hasBeenReady ? 1 : 0);
      if (isOver || isHopeless) throw new Error(startFailure(lastLines));
      await delay(100);
    }
    hasBeenReady = true;
  }

  async function suspend(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    isWanted = false;
    const process = child;
    if (process === undefined) return;
    const ended = once(process, 'exit');
    process.kill(signal);
    const patience = setTimeout(() => process.kill('SIGKILL'), drainTimeoutMs);
    await ended;
    clearTimeout(patience);
  }

  start();
  return {
    url,
    pid: () => child?.pid,
    ready,
    suspend,
    resume: async () => {
      isWanted = true;
      if (child === undefined) start();
      await ready();
    },
    close: () => suspend(),
  };
}

function spawnWorker(options: GpuWorkerOptions, port: number, onLine: (line: string) => void): ChildProcess {
  // In the session of the edge, where Linux' scheduler weighs the one against the other by their niceness (give-way.ts).
  const child = spawn(process.execPath, [path.join(projectRoot, 'gpu-worker/main.ts'), '--in-stack'], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(port),
      ICM_WORKER_SECRETS: options.secret,
      ...(options.isBehindAnother === true ? {} : { ICM_ENDPOINTS: `http://127.0.0.1:${port}` }),
      ICM_MODELS_DIR: options.modelsDirectory ?? process.env.ICM_MODELS_DIR ?? modelsPath,
      ...(options.model === undefined ? {} : { ICM_DEFAULT_MODEL: options.model }),
      ...options.environment,
    },
  });
  leashProcess(child);
  if (options.goesSecond !== false) giveWayToOthers(child);
  for (const output of [child.stdout, child.stderr]) {
    createInterface({ input: output }).on('line', onLine);
  }
  return child;
}

async function answersReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** Below those that systems give to whoever asks for any: one of these would be given away while no process of ours listens on it. */
const ports = { first: 20_000, count: 12_000 } as const;

async function findFreePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = ports.first + Math.floor(Math.random() * ports.count);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    server.close();
    if (isFree) await once(server, 'close');
    if (isFree) return port;
  }
  throw new Error('There is no free port for a GPU worker.');
}
