// Resizing with transparency: computing only a part changes nothing of it.

import { describe, expect, test } from 'vitest';
import { resampleTransparent } from '#shared/pixels/transparency.ts';

const picture = {
  width: 37,
  height: 61,
  transparent: true,
  data: Uint8Array.from({ length: 37 * 61 * 4 }, (_, i) => (i * 7919 + (i >> 3) * 31) % 256),
} as const;

describe('resampleTransparent', () => {
  test.each(['bicubic', 'bilinear', 'lanczos'] as const)(
    'gives the same pixels for a part as for the whole, %s',
    (filter) => {
      const size = { width: 20, height: 33 };
      const window = { left: 4, top: 9, width: 12, height: 12 };
      const whole = resampleTransparent(picture, size, filter);
      const part = resampleTransparent(picture, size, filter, window);
      const rows = Array.from({ length: window.height }, (_, y) => {
        const start = ((window.top + y) * size.width + window.left) * 3;
        return [...whole.data.subarray(start, start + window.width * 3)];
      });
      expect([...part.data]).toEqual(rows.flat());
    },
  );
});
