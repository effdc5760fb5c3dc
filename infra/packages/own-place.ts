// A bundler moves code away from the files that it looks for beside itself. This plugin lets every module of the project
// go on saying `import.meta.dirname` and `import.meta.url` as if it still stood at its old place below the package's root.

import path from 'node:path';
import type { Plugin } from 'rolldown';
import { projectRoot } from '../project-root.ts';

const rootModule = 'virtual:package-root';

/** Wherever its chunk lands, the root is the first directory upwards with a package.json. */
const rootCode = `import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
let root = dirname(fileURLToPath(import.meta.url));
while (!existsSync(join(root, 'package.json'))) root = dirname(root);
export const placeOf = (file) => join(root, file);
export const urlOf = (file) => pathToFileURL(placeOf(file)).href;
`;

export function ownPlace(): Plugin {
  return {
    name: 'own-place',
    resolveId: (id) => (id === rootModule ? `\0${rootModule}` : undefined),
    load: (id) => (id === `\0${rootModule}` ? rootCode : undefined),
    transform: {
      filter: { id: /\.ts$/ },
      handler(code, id) {
        const file = path.relative(projectRoot, id).replaceAll(path.sep, '/');
        if (file.startsWith('node_modules')) return undefined;
        const moved = entriesAsJs(code)
          .replaceAll('import.meta.dirname', `__placeOf(${JSON.stringify(path.posix.dirname(file))})`)
          .replaceAll('import.meta.url', `__urlOf(${JSON.stringify(file)})`)
          // Nothing that is bundled is a script of its own.
          .replaceAll('import.meta.main', 'false');
        if (!/__(placeOf|urlOf)\(/.test(moved)) return moved;
        return `import { placeOf as __placeOf, urlOf as __urlOf } from '${rootModule}';\n${moved}`;
      },
    },
  };
}

/** Threads and the worker's process are started by their files' names, which end in .js once they are built. */
function entriesAsJs(code: string): string {
  return code
    .replaceAll(/(?<=new URL\('\.\/[\w-]+-thread)\.ts(?=')/g, '.js')
    .replaceAll("'gpu-worker/main.ts'", "'gpu-worker/main.js'");
}
