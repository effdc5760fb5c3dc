// The static files that the edge serves: the console with its sample pictures, and the script of the API reference.
// `node infra/assets.ts` puts them into dist/assets, from where wrangler deploys them; what is there and right is left alone.

import { spawn } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { hashSources } from './local/built-once.ts';
import { projectRoot } from './project-root.ts';

/** Headers of the static files; the answers of the worker carry their own. Interventions on pictures are WebAssembly. */
const headerRules = `/*
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
/console/*
  Content-Security-Policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
/console/assets/*
  Cache-Control: public, max-age=31536000, immutable
/console/samples/*
  Cache-Control: public, max-age=86400
/docs-assets/*
  Cache-Control: public, max-age=86400
`;

/**
 * Everything the assets are built from; with this file, since it says where things go. The sample pictures stand for
 * themselves as the scripts that drew them: reading hundreds of files would slow every start.
 */
export const assetsSources = [
  'console',
  'docs/glossary.md',
  'client',
  'shared',
  'samples/concepts.ts',
  'samples/render.ts',
  'package-lock.json',
  'infra/assets.ts',
];

/** The styles that the console offers to fit on, and those it keeps to try on. */
const styles = {
  coloured: ['noto', 'twemoji', 'fluent-emoji-flat', 'emojione', 'fxemoji'],
  monochrome: ['fluent-emoji-high-contrast', 'emojione-monotone'],
} as const;

/** Fills an empty directory. Rejects with Vite's own message where the console does not build. */
export async function buildAssets(directory: string): Promise<void> {
  await runVite(path.join(directory, 'console'));
  await copySamples(path.join(directory, 'console/samples'));
  await cp(
    path.join(projectRoot, 'node_modules/@scalar/api-reference/dist/browser/standalone.js'),
    path.join(directory, 'docs-assets/scalar.js'),
  );
  await writeFile(path.join(directory, '_headers'), headerRules);
  await writeFile(path.join(directory, '.assetsignore'), '.stamp\n');
}

/** Into dist/assets; built aside, and moved there whole. */
async function placeAssets(): Promise<void> {
  const dist = path.join(projectRoot, 'dist');
  const target = path.join(dist, 'assets');
  const stamp = await hashSources(assetsSources);
  if ((await readFile(path.join(target, '.stamp'), 'utf8').catch(() => '')) === stamp) return;
  const aside = path.join(dist, `assets-${process.pid}`);
  await mkdir(aside, { recursive: true });
  try {
    await buildAssets(aside);
    await writeFile(path.join(aside, '.stamp'), stamp);
    await rm(target, { recursive: true, force: true });
    await rename(aside, target);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function runVite(outDir: string): Promise<void> {
  const vite = path.join(projectRoot, 'node_modules/vite/bin/vite.js');
  const child = spawn(
    process.execPath,
    [vite, 'build', 'console', '--configLoader', 'runner', '--outDir', outDir, '--logLevel', 'warn'],
    {
      cwd: projectRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process under vitest is in test mode; what it builds is not.
      env: { ...process.env, NODE_ENV: 'production' },
    },
  );
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code !== 0) throw new Error(`The console does not build:\n${(await output).join('\n').trim()}`);
}

/** One picture of every concept in every style, and `index.json`, which console/samples.ts reads. */
async function copySamples(target: string): Promise<void> {
  const emoji = path.join(projectRoot, 'samples/emoji');
  const concepts = (await readdir(path.join(emoji, styles.coloured[0]))).sort();
  for (const style of [...styles.coloured, ...styles.monochrome]) {
    await mkdir(path.join(target, style), { recursive: true });
    for (const concept of concepts) {
      const picture = await readFile(path.join(emoji, style, concept, `${concept}.png`));
      await writeFile(path.join(target, style, `${concept}.png`), picture);
    }
  }
  await writeFile(path.join(target, 'index.json'), JSON.stringify({ ...styles, concepts }));
}

if (import.meta.main) await placeAssets();
