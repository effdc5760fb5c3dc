// Runs a script in a process of its own and reads the JSON that it prints.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { leashProcess } from '../../infra/local/leash.ts';

/** What is measured is on one thread unless the script says otherwise: so are the libraries it may use. */
const oneThread = { OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

/** Rejects with what the script said where it fails. */
export async function runScript<Answer>(
  command: string,
  parameters: readonly string[],
  input = new Uint8Array(0),
): Promise<Answer> {
  const child = spawn(command, parameters, { stdio: 'pipe', env: { ...process.env, ...oneThread } });
  leashProcess(child);
  const ended = once(child, 'exit');
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  // A script that fails at once closes its input; why it did is in what it says.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code] = await ended;
  const [answer, complaint] = await output;
  if (code !== 0) throw new Error(`${command} ${parameters[0]} ended with ${code}: ${complaint}`);
  return JSON.parse(answer) as Answer;
}
