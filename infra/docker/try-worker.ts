// Starts a rehearsed image's CMD and treats it as an engine would: another user, its health check, its stop signal.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Instruction, parseExecForm } from './dockerfile.ts';

export type RehearsedImage = {
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly instructions: readonly Instruction[];
};

/** Rejects where any of it does not go as it should. */
export async function tryWorker(image: RehearsedImage): Promise<void> {
  const options = processOptions(image);
  const worker = spawn(process.execPath, execForm(image, 'CMD').slice(1), {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const port = await listeningPort(worker);
    console.log(`\nthe worker listens, as user ${options.uid ?? 'this one'}`);
    const check = spawnSync(process.execPath, execForm(image, 'HEALTHCHECK').slice(1), {
      ...options,
      env: { ...options.env, PORT: String(port) },
      stdio: 'inherit',
    });
    if (check.status !== 0) throw new Error(`the health check ended with ${check.status}`);
    console.log(`health check passed; /readyz: ${await readyReport(port)}`);
    worker.kill(image.instructions.find(({ keyword }) => keyword === 'STOPSIGNAL')?.text as NodeJS.Signals);
    const [code] = await once(worker, 'exit');
    if (code !== 0) throw new Error(`the worker ended with ${code} on its stop signal`);
    console.log('the stop signal ended it with exit code 0');
  } finally {
    worker.kill('SIGKILL');
  }
}

/** Only root may start processes as the image's user; anyone else rehearses as themselves. */
function processOptions({ root, workdir, env, instructions }: RehearsedImage) {
  const user = instructions
    .find(({ keyword }) => keyword === 'USER')
    ?.text.split(':')
    .map(Number);
  const [uid, gid] = process.getuid?.() === 0 && user !== undefined ? user : [];
  const inRoot = ([name, value]: [string, string]): [string, string] => [
    name,
    value.startsWith('/') ? join(root, value) : value,
  ];
  return {
    cwd: join(root, workdir),
    env: {
      ...Object.fromEntries(Object.entries(env).map(inRoot)),
      HOST: '127.0.0.1',
      PORT: '0',
      ICM_WORKER_SECRETS: randomBytes(24).toString('base64url'),
    },
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  };
}

function execForm(image: RehearsedImage, keyword: 'CMD' | 'HEALTHCHECK'): string[] {
  const text = image.instructions.find((instruction) => instruction.keyword === keyword)?.text ?? '';
  const words = parseExecForm(text.replace(/^CMD /, ''));
  if (words?.[0] !== 'node') throw new Error(`${keyword} does not run node: ${text}`);
  return words;
}

async function listeningPort(worker: ChildProcess): Promise<number> {
  if (worker.stdout === null) throw new Error('no standard output');
  for await (const line of createInterface({ input: worker.stdout })) {
    const event: unknown = line.startsWith('{') ? JSON.parse(line) : undefined;
    if (isListening(event)) return event.port;
    console.log(`  ${line}`);
  }
  throw new Error('the worker ended before it listened');
}

/** What the worker says once its model is loaded. */
async function readyReport(port: number): Promise<string> {
  for (let attempt = 0; attempt < 240; attempt++) {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`);
    const report = await response.text();
    if (response.ok) return report;
    await sleep(250);
  }
  throw new Error('the worker was not ready within a minute');
}

function isListening(event: unknown): event is { port: number } {
  return (
    typeof event === 'object' &&
    event !== null &&
    'event' in event &&
    event.event === 'listening' &&
    'port' in event &&
    typeof event.port === 'number'
  );
}
