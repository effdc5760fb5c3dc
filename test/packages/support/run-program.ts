// A program run to its end, with what it printed.

import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export type Ended = { readonly code: unknown; readonly out: string; readonly err: string };

export async function runProgram(
  file: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<Ended> {
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, out, err };
}

export type Served = { readonly url: string; readonly key: string; stop(): Promise<Ended> };

/** A program that prints the local stack's banner, once it has. */
export async function serveProgram(
  file: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<Served> {
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const exit = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      out += chunk;
      if (out.includes('Ctrl-C stops it')) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`It ended before it was ready:\n${out}${err}`)));
  });
  const word = (name: string) => new RegExp(`^  ${name} +(\\S+)$`, 'm').exec(out)?.[1] ?? '';
  return {
    url: word('address'),
    key: word('key'),
    stop: async () => {
      child.kill('SIGTERM');
      const [code] = await exit;
      return { code, out, err };
    },
  };
}
