// `node infra/assets.ts`: puts the static files that the edge serves into dist/assets: the console with its sample
// pictures, and the script of the API reference. What is there and right is left alone.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { sha256Hex } from '#shared/digest.ts';

const root = path.resolve(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
const assets = path.join(dist, 'assets');

/** Headers of the static files; the answers of the worker carry their own. */
const headerRules = `/*
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
/console/*
  Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
/console/assets/*
  Cache-Control: public, max-age=31536000, immutable
/console/samples/*
  Cache-Control: public, max-age=86400
/docs-assets/*
  Cache-Control: public, max-age=86400
`;

/**
 * Everything the console is built from; with this file, since it says where things go. The sample pictures stand for
 * themselves as the scripts that drew them: reading hundreds of files would slow every start.
 */
const consoleSources = [
  'console',
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

/** Quick where nothing has changed: whoever bundles the edge calls it first. Rejects with Vite's own message. */
export async function buildAssets(): Promise<void> {
  await mkdir(assets, { recursive: true });
  await writeFile(path.join(assets, '_headers'), headerRules);
  await writeFile(path.join(assets, '.assetsignore'), '.stamp\n');
  await placeReference();
  const stamp = await hashSources();
  const stampFile = path.join(assets, 'console', '.stamp');
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === stamp) return;
  // Built aside and moved into place whole, so that two processes may build at once.
  const aside = path.join(dist, `console-${process.pid}`);
  await mkdir(aside);
  try {
    await runVite(aside);
    await copySamples(path.join(aside, 'samples'));
    await writeFile(path.join(aside, '.stamp'), stamp);
    await replaceDirectory(aside, path.join(assets, 'console'));
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function placeReference(): Promise<void> {
  const target = path.join(assets, 'docs-assets/scalar.js');
  const contents = await readFile(
    path.join(root, 'node_modules/@scalar/api-reference/dist/browser/standalone.js'),
  );
  if (existsSync(target) && (await readFile(target)).equals(contents)) return;
  await mkdir(path.dirname(target), { recursive: true });
  const aside = `${target}.${process.pid}`;
  await writeFile(aside, contents);
  await rename(aside, target);
}

async function runVite(outDir: string): Promise<void> {
  const vite = path.join(root, 'node_modules/vite/bin/vite.js');
  const child = spawn(
    process.execPath,
    [vite, 'build', 'console', '--outDir', outDir, '--logLevel', 'warn'],
    {
      cwd: root,
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
  const emoji = path.join(root, 'samples/emoji');
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

/** The old directory goes aside first; another process that has just put an equal one there wins. */
async function replaceDirectory(from: string, to: string): Promise<void> {
  const old = `${from}-old`;
  await rename(to, old).catch(() => undefined);
  await rename(from, to).catch((error: unknown) => {
    if (!existsSync(path.join(to, '.stamp'))) throw error;
  });
  await rm(old, { recursive: true, force: true });
}

async function hashSources(): Promise<string> {
  const files = (
    await Promise.all(consoleSources.map((source) => listFiles(path.join(root, source))))
  ).flat();
  const lines = await Promise.all(
    files
      .sort()
      .map(
        async (file) =>
          `${await sha256Hex(new Uint8Array(await readFile(file)))} ${path.relative(root, file)}`,
      ),
  );
  return sha256Hex(new TextEncoder().encode(lines.join('\n')));
}

async function listFiles(source: string): Promise<string[]> {
  const entries = await readdir(source, { recursive: true, withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return [source];
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

if (import.meta.main) await buildAssets();
