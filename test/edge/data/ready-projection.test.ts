import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { decodeArtefact } from '#shared/codec/icm-file.ts';
import { holdRowsWith } from '#shared/math/kernels/held-rows.ts';
import { maxProjectionBytes } from '../../../edge/cache/projection-cache.ts';
import { readyProjection } from '../../../edge/cache/ready-projection.ts';
import { makeArtefact } from '../../bench/edge/artefact.ts';
import { unwrap } from '../../shared/math/random.ts';

const kernels = await readFile(new URL('../../../edge/cache/kernels.wasm', import.meta.url));

test('a projection holds what its modes share once, and 64 of them have room in an isolate', async () => {
  const { bytes } = await makeArtefact({ dimension: 512, kept: 256, labels: 100 });
  const artefact = unwrap(await decodeArtefact(bytes));
  const hold = holdRowsWith(new WebAssembly.Module(kernels));
  const ready = readyProjection({ id: 'prj_1', name: 'a', version: 1 }, artefact, hold);
  const [head] = ready.heads;
  expect(head?.profiled?.compiled.projection).toBeDefined();
  expect(head?.profiled?.compiled.projection).toBe(head?.unprofiled.compiled.projection);
  expect(ready.heldBytes).toBeGreaterThan(4 * 256 * 512);
  // Nothing of it keeps the file in memory.
  const kept = [ready.mean, ready.sources?.means, head?.profiled?.variances, head?.unprofiled.variances];
  for (const array of kept) expect(array?.buffer.byteLength).toBe(array?.byteLength);
  expect(ready.mean?.length).toBe(512);
  expect(64 * ready.heldBytes).toBeLessThanOrEqual(maxProjectionBytes);
});
