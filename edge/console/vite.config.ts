// Builds the console into dist/assets/console. Everything it needs is in the bundle: no third-party request, no inline
// script or style. `node infra/assets.ts` runs this and adds the files that lie beside it.

import { defineConfig, type Plugin } from 'vite';
import { figureStyle } from '../../shared/figures/style.ts';

/** The figures' style sheet is a string, for reports that stand alone; here it becomes part of the console's own. */
function figureStyleSheet(): Plugin {
  const name = 'virtual:figures.css';
  return {
    name: 'figure-style-sheet',
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load: (id) => (id === `\0${name}` ? figureStyle : undefined),
  };
}

// biome-ignore lint/style/noDefaultExport: Vite reads the default export.
export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  plugins: [figureStyleSheet()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/assets/console',
    emptyOutDir: true,
    reportCompressedSize: true,
    target: 'es2023',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
