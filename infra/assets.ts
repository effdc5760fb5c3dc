// `node infra/assets.ts`: puts the static files that the edge serves into dist/assets: the console, and the script of
// the API reference. The edge itself runs without either.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const assetsDirectory = join(root, 'dist/assets');

/** Headers of the static files; the answers of the worker carry their own. */
const headerRules = `/*
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
/console/*
  Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
/console/assets/*
  Cache-Control: public, max-age=31536000, immutable
/docs-assets/*
  Cache-Control: public, max-age=86400
`;

/** Puts there what needs no building. Quick: whoever bundles the edge calls it first. */
export function copyStaticAssets(): void {
  const reference = join(root, 'node_modules/@scalar/api-reference/dist/browser/standalone.js');
  place('docs-assets/scalar.js', readFileSync(reference));
  place('_headers', Buffer.from(headerRules));
}

/** Leaves a file that is right alone, and swaps in a new one whole: other processes may be serving the old. */
function place(name: string, contents: Buffer): void {
  const path = join(assetsDirectory, name);
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const aside = join(root, 'dist', `${process.pid}-${basename(name)}`);
  writeFileSync(aside, contents);
  renameSync(aside, path);
}

function buildConsole(): void {
  if (!existsSync(join(root, 'edge/console/vite.config.ts'))) return;
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const { status } = spawnSync(process.execPath, [vite, 'build', 'edge/console'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
}

if (import.meta.main) {
  copyStaticAssets();
  buildConsole();
}
