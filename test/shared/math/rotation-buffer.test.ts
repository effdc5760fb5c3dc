import { describe, expect, test } from 'vitest';
import { RotationBuffer } from '#shared/math/kernels/rotation-buffer.ts';
import { gaussianRows } from './random.ts';

type Sweep = { readonly low: number; readonly high: number; readonly angles: Float32Array };

/** Over random parts of the rows, by random angles; more than are buffered at a time. */
function randomSweeps(size: number): Sweep[] {
  const sweeps: Sweep[] = [];
  const angles = gaussianRows(1, 20_000, size);
  for (let used = 0; used < angles.length; ) {
    const low = used % (size - 1);
    const high = low + 1 + ((used * 13) % (size - 1 - low));
    sweeps.push({ low, high, angles: angles.subarray(used, used + high - low) });
    used += high - low;
  }
  return sweeps.slice(0, -1);
}

function rotate(matrix: Float64Array, sweeps: readonly Sweep[]): Float64Array {
  const rotated = matrix.slice();
  const buffer = new RotationBuffer(rotated, Math.sqrt(matrix.length));
  for (const { low, high, angles } of sweeps) {
    buffer.beginSweep(low, high);
    for (const angle of angles) buffer.push(Math.cos(angle), Math.sin(angle));
  }
  buffer.finish();
  return rotated;
}

/** The same, one rotation of two whole rows after the other. */
function rotateRows(matrix: Float64Array, sweeps: readonly Sweep[]): Float64Array {
  const size = Math.sqrt(matrix.length);
  const rotated = matrix.slice();
  for (const { high, angles } of sweeps) {
    for (const [index, angle] of angles.entries()) {
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      const start = (high - 1 - index) * size;
      for (let upper = start; upper < start + size; upper++) {
        const [a, b] = [rotated[upper] ?? 0, rotated[upper + size] ?? 0];
        rotated[upper] = c * a - s * b;
        rotated[upper + size] = s * a + c * b;
      }
    }
  }
  return rotated;
}

describe('rotations of rows', () => {
  test.each([2, 7, 8, 9, 67])('are those of one after the other, to the bit, at size %i', (size) => {
    const matrix = Float64Array.from(gaussianRows(size, size, size));
    const sweeps = randomSweeps(size);
    expect(rotate(matrix, sweeps)).toEqual(rotateRows(matrix, sweeps));
  });
});
