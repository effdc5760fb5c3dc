// `node infra/kernels.ts`: compiles the kernels from AssemblyScript and writes them as text, since shared/ reads no files; those of
// shared/math also as a file for the edge, which may not compile while it runs.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { main } from 'assemblyscript/asc';

const projectRoot = path.join(import.meta.dirname, '..');

export type KernelModule = {
  readonly sources: readonly string[];
  /** Where the compiled bytes go, as text and as they are. */
  readonly textFile: string;
  readonly moduleFile?: string;
};

export const kernelModules: Readonly<Record<'math' | 'pixels' | 'jpeg', KernelModule>> = {
  math: {
    sources: sourcesIn('shared/math/kernels/assembly', ['product', 'reduce', 'rotate']),
    textFile: path.join(projectRoot, 'shared/math/kernels/kernel-bytes.ts'),
    moduleFile: path.join(projectRoot, 'edge/cache/kernels.wasm'),
  },
  pixels: {
    sources: sourcesIn('shared/pixels/kernels/assembly', ['blur', 'color', 'levels', 'resample']),
    textFile: path.join(projectRoot, 'shared/pixels/kernels/kernel-bytes.ts'),
  },
  jpeg: {
    sources: sourcesIn('gpu-worker/pictures/jpeg/assembly', ['scan', 'colours']),
    textFile: path.join(projectRoot, 'gpu-worker/pictures/jpeg/kernel-bytes.ts'),
  },
};

/** SIMD; no memory of its own, no garbage collector, nothing that could abort: functions over addresses, and their loops. */
const flags =
  '-O3 --enable simd --noAssert --runtime stub --use abort= --importMemory --noExportMemory'.split(' ');

/** The bytes of the module. Throws what the compiler says where a source has an error. */
export async function compileKernels({ sources }: KernelModule): Promise<Uint8Array<ArrayBuffer>> {
  let compiled: Uint8Array | undefined;
  const { error, stderr } = await main([...sources, ...flags, '--outFile', 'kernels.wasm'], {
    readFile: (name) => readFile(path.join(projectRoot, name), 'utf8').catch(() => null),
    writeFile: (_name, contents) => {
      if (contents instanceof Uint8Array) compiled = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || compiled === undefined) throw new Error(stderr.toString());
  return Uint8Array.from(compiled);
}

/** The source text that holds them. */
export function kernelBytesSource(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,100}/g) ?? [];
  return [
    '// Written by `node infra/kernels.ts` from assembly/*.ts: the compiled module, in base64.',
    '',
    'export const kernelBytes = [',
    ...lines.map((line) => `  '${line}',`),
    "].join('');",
    '',
  ].join('\n');
}

function sourcesIn(folder: string, names: readonly string[]): string[] {
  return names.map((name) => `${folder}/${name}.ts`);
}

if (import.meta.main) {
  for (const kernels of Object.values(kernelModules)) {
    const bytes = await compileKernels(kernels);
    if (kernels.moduleFile !== undefined) await writeFile(kernels.moduleFile, bytes);
    await writeFile(kernels.textFile, kernelBytesSource(bytes));
  }
}
