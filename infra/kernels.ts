// `node infra/kernels.ts`: compiles shared/math/kernels/assembly from AssemblyScript and writes the result twice: as a file for the
// edge, which may not compile while it runs, and as text for everyone else, since shared/math reads no files.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { main } from 'assemblyscript/asc';

const projectRoot = path.join(import.meta.dirname, '..');
const sources = ['product', 'reduce', 'rotate'].map((name) => `shared/math/kernels/assembly/${name}.ts`);
export const moduleFile = path.join(projectRoot, 'edge/cache/kernels.wasm');
export const textFile = path.join(projectRoot, 'shared/math/kernels/kernel-bytes.ts');

/** SIMD; no memory of its own, no garbage collector, nothing that could abort: functions over addresses, and their loops. */
const flags =
  '-O3 --enable simd --noAssert --runtime stub --use abort= --importMemory --noExportMemory'.split(' ');

/** The bytes of the module. Throws what the compiler says where a source has an error. */
export async function compileKernels(): Promise<Uint8Array<ArrayBuffer>> {
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

if (import.meta.main) {
  const bytes = await compileKernels();
  await writeFile(moduleFile, bytes);
  await writeFile(textFile, kernelBytesSource(bytes));
}
