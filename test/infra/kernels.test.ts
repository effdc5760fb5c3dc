import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { kernelModule } from '#shared/math/kernels/workspace.ts';
import { pixelKernelModule } from '#shared/pixels/kernels/pixel-space.ts';
import { jpegKernelModule } from '../../gpu-worker/pictures/jpeg/decode-jpeg.ts';
import { compileKernels, kernelBytesSource, kernelModules } from '../../infra/kernels.ts';

describe.each(Object.keys(kernelModules) as (keyof typeof kernelModules)[])('the kernels of %s', (name) => {
  it('compile to the very bytes that the edge and the workers run', async () => {
    const { moduleFile, textFile } = kernelModules[name];
    const bytes = await compileKernels(kernelModules[name]);
    const hint = 'run `node infra/kernels.ts`';
    if (moduleFile !== undefined) expect(new Uint8Array(await readFile(moduleFile)), hint).toEqual(bytes);
    expect(await readFile(textFile, 'utf8'), hint).toBe(kernelBytesSource(bytes));
  });

  it('are functions over memory that is given, and nothing else', () => {
    const module = { math: kernelModule, pixels: pixelKernelModule, jpeg: jpegKernelModule }[name]();
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }]);
    expect(new Set(WebAssembly.Module.exports(module).map(({ kind }) => kind))).toEqual(
      new Set(['function']),
    );
  });
});
