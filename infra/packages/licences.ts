// The licences of what a bundle holds of others, as one text to ship beside it.

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { RolldownOutput } from 'rolldown';

/** One section for each npm package with a module in `output`. Throws for one that has no licence file. */
export async function collectLicences(output: RolldownOutput): Promise<string> {
  const modules = output.output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
  const packages = new Set(modules.flatMap((id) => packageDirectory(id) ?? []));
  const sections = await Promise.all([...packages].sort().map(describePackage));
  return ['This package holds the works of others below, each under its own licence.', ...sections, ''].join(
    '\n\n',
  );
}

/** `…/node_modules/zod` of `…/node_modules/zod/v4/index.js`. */
function packageDirectory(id: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id.replaceAll('\\', '/').replace('\0', ''))?.[0];
}

async function describePackage(directory: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(path.join(directory, 'package.json'), 'utf8'));
  const file = (await readdir(directory)).find((each) => /^licen[cs]e/i.test(each));
  // Some packages say their licence in one word alone.
  const text = file === undefined ? '' : await readFile(path.join(directory, file), 'utf8');
  if (text === '' && typeof license !== 'string') throw new Error(`${name} does not say its licence.`);
  return `${name} ${version} (${license})\n${'-'.repeat(60)}\n${text.trim()}`;
}
