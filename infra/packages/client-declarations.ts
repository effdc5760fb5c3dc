// The `.d.ts` files of the published client: the compiler's own for client/, and in place of the zod schemas behind
// them their types written out. Writes files; what a type looks like is contract-types.ts's business.

import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { z } from 'zod';
import { projectRoot } from '../project-root.ts';
import { writeType } from './contract-types.ts';

/** Stands for zod in the declarations: a schema is known by what goes in and what comes out. */
const schemaTypes = `export type Schema<Input, Output> = { readonly input: Input; readonly output: Output };

export declare namespace z {
  type input<Of extends Schema<unknown, unknown>> = Of['input'];
  type output<Of extends Schema<unknown, unknown>> = Of['output'];
  type infer<Of extends Schema<unknown, unknown>> = Of['output'];
}
`;

/** `from 'x'` and `import('x')`, as the compiler writes them. */
const specifier = /(?<=\bfrom |\bimport\()'([^']+)'/g;
const contractImport = /import (?:type )?\{([^}]*)\} from '#shared\/contracts\/([\w-]+)\.ts'/g;

/** Writes `client.d.ts` and all it needs into `directory`. Rejects with the compiler's message. */
export async function writeClientDeclarations(directory: string): Promise<void> {
  const emitted = path.join(directory, 'emitted');
  await emitDeclarations(emitted);
  const names = (await readdir(path.join(emitted, 'client'), { recursive: true })).filter((name) =>
    name.endsWith('.d.ts'),
  );
  const wanted = new Map<string, Map<string, Uses>>();
  for (const name of names) {
    const text = await readFile(path.join(emitted, 'client', name), 'utf8');
    const body = text.replaceAll(contractImport, '');
    for (const [, imported = '', contract = ''] of text.matchAll(contractImport)) {
      const known = wanted.get(contract) ?? new Map<string, Uses>();
      for (const each of imported.split(',').map((part) => part.replace(/^\s*type /, '').trim())) {
        known.set(each, addUses(known.get(each), usesOf(each, body)));
      }
      wanted.set(contract, known);
    }
    const up = name.includes(path.sep) ? '..' : '.';
    await place(
      path.join(directory, name),
      text.replaceAll(specifier, (_, from) => `'${publish(from, up)}'`),
    );
  }
  for (const [contract, schemas] of wanted) {
    await place(path.join(directory, 'contracts', `${contract}.d.ts`), await declare(contract, schemas));
  }
  await place(path.join(directory, 'schema.d.ts'), schemaTypes);
  await rm(emitted, { recursive: true });
}

async function emitDeclarations(outDir: string): Promise<void> {
  await mkdir(outDir, { recursive: true });
  const config = path.join(outDir, 'tsconfig.json');
  const compilerOptions = {
    lib: ['ES2024', 'ESNext.Float16', 'WebWorker'],
    types: [],
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: projectRoot,
    outDir,
  };
  const include = [path.join(projectRoot, 'client')];
  await writeFile(
    config,
    JSON.stringify({ extends: path.join(projectRoot, 'tsconfig.base.json'), compilerOptions, include }),
  );
  const tsc = path.join(projectRoot, 'node_modules/typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [tsc, '-p', config]).catch((error: { stdout?: string }) => {
    throw new Error(`The client's declarations are not written:\n${error.stdout ?? String(error)}`);
  });
}

/** `./errors.ts` -> `./errors.js`; contracts and zod by the files that stand for them here. */
function publish(from: string, up: string): string {
  if (from === 'zod') return `${up}/schema.js`;
  const contract = /^#shared\/contracts\/([\w-]+)\.ts$/.exec(from)?.[1];
  if (contract !== undefined) return `${up}/contracts/${contract}.js`;
  if (from.startsWith('.')) return from.replace(/\.ts$/, '.js');
  throw new Error(`The client's declarations import ${from}, which is not published with them.`);
}

/** Which sides of a schema the client's types speak of. What a transform makes of an input is not told by the schema. */
type Uses = { readonly input: boolean; readonly output: boolean };

function usesOf(name: string, text: string): Uses {
  const input = new RegExp(`z\\.input<typeof ${name}>`, 'g');
  return { input: input.test(text), output: new RegExp(`\\b${name}\\b`).test(text.replaceAll(input, '')) };
}

function addUses(a: Uses = { input: false, output: false }, b: Uses): Uses {
  return { input: a.input || b.input, output: a.output || b.output };
}

async function declare(contract: string, names: ReadonlyMap<string, Uses>): Promise<string> {
  const module: Record<string, unknown> = await import(`../../shared/contracts/${contract}.ts`);
  const lines = ["import type { Schema } from '../schema.js';", ''];
  for (const [name, uses] of names) {
    const schema = module[name];
    if (!isSchema(schema)) throw new Error(`${name} of contracts/${contract}.ts is no schema.`);
    const input = uses.input ? writeType(schema, 'input') : 'unknown';
    if (uses.output) lines.push(`export type ${name} = ${writeType(schema, 'output')};`);
    lines.push(`export declare const ${name}: Schema<${input}, ${uses.output ? name : 'unknown'}>;`, '');
  }
  return lines.join('\n');
}

function isSchema(value: unknown): value is z.core.$ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value;
}

async function place(file: string, contents: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, contents);
}
