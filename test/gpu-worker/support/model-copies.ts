// Model directories in the layout of the hub, made from the embedded model and then broken in one way each.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const nanoClip = fileURLToPath(new URL('../../../gpu-worker/models/nano-clip', import.meta.url));

export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'icm-models-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export async function copyModel(to: string): Promise<void> {
  await cp(nanoClip, to, { recursive: true });
}

/** Rewrites a JSON file of a model; a field set to `undefined` goes away. */
export async function editJson(
  directory: string,
  name: string,
  changes: Record<string, unknown>,
): Promise<void> {
  const path = join(directory, name);
  const content = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...content, ...changes }));
}

/** Gives a tensor of a graph another name of the same length. */
export async function renameTensor(directory: string, file: string, from: string, to: string): Promise<void> {
  if (from.length !== to.length) throw new RangeError('the new name must be as long as the old one');
  const path = join(directory, file);
  const graph = await readFile(path, 'latin1');
  await writeFile(path, graph.replaceAll(from, to), 'latin1');
}

/** Overwrites weights in the middle of a graph with bits that are NaN as float16 and as float32. */
export async function poisonWeights(directory: string, file: string): Promise<void> {
  const path = join(directory, file);
  const graph = await readFile(path);
  const middle = Math.floor(graph.length / 2);
  await writeFile(path, graph.fill(0xff, middle, middle + 64));
}
