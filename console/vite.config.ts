// Builds the console into dist/assets/console. Everything it needs is in the bundle: no third-party request, no inline
// script or style. `node infra/assets.ts` runs this and adds the files that lie beside it. `npm run console` prints what
// it weighs; one that weighs too much does not build.

import { readFile } from 'node:fs/promises';
import { defineConfig, type Plugin } from 'vite';
import { figureStyle } from '../shared/figures/style.ts';
import { pickTerms } from './glossary/read-glossary.ts';
import { terms } from './glossary/terms.ts';

/** The figures' style sheet is a string, for reports that stand alone; here it becomes part of the console's own. */
function figureStyleSheet(): Plugin {
  const name = 'virtual:figures.css';
  return {
    name: 'figure-style-sheet',
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load: (id) => (id === `\0${name}` ? figureStyle : undefined),
  };
}

/** What docs/glossary.md says of the words that the console explains. */
function glossaryTexts(): Plugin {
  const name = 'virtual:glossary';
  const page = new URL('../docs/glossary.md', import.meta.url);
  return {
    name: 'glossary-texts',
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load: async (id) =>
      id === `\0${name}`
        ? `export const glossary = ${JSON.stringify(pickTerms(await readFile(page, 'utf8'), terms))}`
        : undefined,
  };
}

/** Everything a first visit fetches, gzipped; the sample pictures come as they are wanted. */
const maxGzippedKiB = 200;

function weighing(): Plugin {
  return {
    name: 'weighing',
    async writeBundle(_options, bundle) {
      const files = Object.values(bundle);
      const sizes = await Promise.all(
        files.map((file) => gzippedBytes(file.type === 'chunk' ? file.code : file.source)),
      );
      const bytes = sizes.reduce((sum, size) => sum + size, 0);
      const weight = `The console weighs ${(bytes / 1024).toFixed(1)} KiB gzipped; ${maxGzippedKiB} are allowed.`;
      if (bytes > maxGzippedKiB * 1024) this.error(weight);
      else this.info(weight);
    },
  };
}

async function gzippedBytes(contents: string | Uint8Array): Promise<number> {
  const stream = new Blob([typeof contents === 'string' ? contents : new Uint8Array(contents)])
    .stream()
    .pipeThrough(new CompressionStream('gzip'));
  return (await new Response(stream).arrayBuffer()).byteLength;
}

export default defineConfig({
  root: import.meta.dirname,
  // Relative: a proxy may put a path before it.
  base: './',
  plugins: [figureStyleSheet(), glossaryTexts(), weighing()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/assets/console',
    emptyOutDir: true,
    reportCompressedSize: true,
    target: 'es2023',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
