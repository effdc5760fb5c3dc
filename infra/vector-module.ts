// `node infra/vector-module.ts`: writes the WebAssembly file of the edge, which may not assemble code while it runs.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { vectorModule } from '#shared/math/kernels/held-rows.ts';

const file = path.join(import.meta.dirname, '../edge/cache/vector-module.wasm');

await writeFile(file, vectorModule());
