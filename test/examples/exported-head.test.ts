// The examples of exported heads print what we answer.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chooseFitted, exportOnnxHead } from '#shared/codec/export/onnx-head.ts';
import { exportSafetensors } from '#shared/codec/export/safetensors.ts';
import { decodeArtefact } from '#shared/codec/icm-file.ts';
import { classify } from '#shared/math/answer/classify.ts';
import { compileHead } from '#shared/math/answer/compiled-head.ts';
import { normaliseRows } from '#shared/math/linear/vector.ts';
import { gaussianRows } from '../shared/math/random.ts';
import { smallArtefact, smallDimension } from '../support/small-artefact.ts';

const run = promisify(execFile);
const examples = path.resolve('examples/exported-head');
let directory: string;
let own: Float32Array;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-exported-'));
  const artefact = await decodeArtefact(await smallArtefact(['cat', 'dog', 'ant'], { logitScale: 3 }));
  if (!artefact.ok) throw new Error(artefact.error.detail);
  const fitted = chooseFitted(artefact.value, { head: undefined, mode: 'unprofiled' });
  if (fitted === undefined) throw new Error('it has the head');
  const embedding = gaussianRows(1, smallDimension, 7);
  normaliseRows(embedding, smallDimension);
  own = classify(compileHead(fitted, smallDimension), embedding, 1).probabilities.slice();
  await writeFile(path.join(directory, 'head.onnx'), exportOnnxHead(artefact.value, fitted, 'unprofiled'));
  await writeFile(path.join(directory, 'head.safetensors'), exportSafetensors(artefact.value));
  await writeFile(path.join(directory, 'embedding.json'), JSON.stringify([...embedding]));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

async function hasPython(): Promise<boolean> {
  return run('python3', ['--version']).then(
    () => true,
    () => false,
  );
}

it.each([
  ['onnx.mjs', 'head.onnx'],
  ['safetensors.mjs', 'head.safetensors'],
  ['safetensors_head.py', 'head.safetensors'],
])('%s answers as we do', async (example, file) => {
  const isPython = example.endsWith('.py');
  if (isPython && !(await hasPython())) return console.warn(`${example} was not run: no python3 here.`);
  const program = isPython ? 'python3' : process.execPath;
  const { stdout } = await run(program, [path.join(examples, example), file, 'embedding.json'], {
    cwd: directory,
  });
  const probabilities: number[] = JSON.parse(stdout);
  expect(probabilities).toHaveLength(own.length);
  for (const [index, value] of probabilities.entries())
    expect(Math.abs(value - (own[index] ?? 1))).toBeLessThan(1e-5);
});
