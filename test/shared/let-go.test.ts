// Memory given back at once, and the answers that must not notice.

import { expect, test } from 'vitest';
import { letGo } from '#shared/let-go.ts';

test('what is let go is empty, also the second time', () => {
  const view = new Float32Array([1, 2, 3]);
  const { buffer } = view;
  letGo(buffer);
  letGo(buffer);
  expect([view.length, buffer.byteLength]).toEqual([0, 0]);
});

test('shared memory is let be', () => {
  const shared = new SharedArrayBuffer(8);
  letGo(shared);
  expect(shared.byteLength).toBe(8);
});
