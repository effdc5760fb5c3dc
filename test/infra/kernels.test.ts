import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { kernelModule } from '#shared/math/kernels/workspace.ts';
import { compileKernels, kernelBytesSource, moduleFile, textFile } from '../../infra/kernels.ts';

it('compiles the kernels to the very bytes that the edge and the workers run', async () => {
  const bytes = await compileKernels();
  const hint = 'run `node infra/kernels.ts`';
  expect(new Uint8Array(await readFile(moduleFile)), hint).toEqual(bytes);
  expect(await readFile(textFile, 'utf8'), hint).toBe(kernelBytesSource(bytes));
});

it('makes functions over memory that is given, and nothing else', () => {
  expect(WebAssembly.Module.imports(kernelModule())).toEqual([
    { module: 'env', name: 'memory', kind: 'memory' },
  ]);
  expect(new Set(WebAssembly.Module.exports(kernelModule()).map(({ kind }) => kind))).toEqual(
    new Set(['function']),
  );
});
