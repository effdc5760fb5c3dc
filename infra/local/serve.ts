// `npm start` and `clip-icm serve`: opens the local stack, says how to use it, and stays until told to stop.

import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { banner } from './banner.ts';
import { ensureDevelopmentKey } from './development-key.ts';
import { type LocalStack, openLocalStack } from './open-local-stack.ts';
import { openStateDirectory } from './state-directory.ts';
import { stopSignal } from './stop-signal.ts';

export type ServeOptions = {
  readonly port: number;
  readonly workers: number;
  readonly dataDir: string;
  readonly ephemeral: boolean;
  readonly modelsDir: string | undefined;
  readonly model: string | undefined;
  readonly verbose: boolean;
};

/** Resolves once the stack has been stopped by SIGINT, SIGTERM or SIGHUP. */
export async function serve(options: ServeOptions): Promise<void> {
  const startedMs = performance.now();
  if (!options.ephemeral) await openStateDirectory(options.dataDir);
  // A closed terminal says SIGHUP, and takes no last word: the stack ends in order all the same.
  process.stderr.on('error', () => undefined);
  process.stderr.write('Starting the edge and the GPU worker ...\n');
  const stack = await open(options);
  // Before this a signal just ends the process; what it had started is on a leash and ends with it.
  const stop = stopSignal();
  try {
    // Told to stop by now, with all of its group, the edge may be gone and make no key any more.
    const key = await Promise.race([ensureDevelopmentKey(stack), stop]);
    const seconds = (performance.now() - startedMs) / 1000;
    const keptIn = options.ephemeral ? undefined : options.dataDir;
    if (key !== undefined) process.stdout.write(banner({ stack, key, seconds, keptIn }));
    const isTold = await Promise.race([stop.then(() => true), stack.ended.then(() => false)]);
    if (!isTold) throw new Error('The edge has ended by itself. Start it again: jobs go on where they were.');
    process.stderr.write('\nStopping ...\n');
  } finally {
    await stack.close();
  }
}

async function open(options: ServeOptions): Promise<LocalStack> {
  const log = openLog(options);
  try {
    return await openLocalStack({
      stateDirectory: options.ephemeral ? undefined : options.dataDir,
      port: options.port,
      workers: options.workers,
      modelsDirectory: options.modelsDir,
      model: options.model,
      onLog: (source, line) => log?.write(`${source} ${line}\n`),
      onWorkerRestart: (cause) =>
        process.stderr.write(`A GPU worker ended (${cause}); it is being started again.\n`),
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_ADDRESS_IN_USE') {
      throw new Error(
        `Port ${options.port} is taken. Choose another with --port, or --port 0 for a free one.`,
      );
    }
    throw error;
  }
}

/** The terminal where asked for, else a file beside the state; an ephemeral stack leaves none. */
function openLog({ verbose, ephemeral, dataDir }: ServeOptions): NodeJS.WritableStream | undefined {
  if (verbose) return process.stderr;
  if (ephemeral) return undefined;
  return createWriteStream(path.join(dataDir, 'stack.log'), { flags: 'a', mode: 0o600 });
}
