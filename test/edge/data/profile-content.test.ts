import { expect, test } from 'vitest';
import { classesExpected, effectiveClasses, targetMean } from '#shared/math/answer/profile.ts';
import { readContent, writeContent } from '../../../edge/jobs/profile-object.ts';
import {
  addToContent,
  emptyContent,
  keptRows,
  maxKept,
  mergeContent,
  removeFromContent,
} from '../../../edge/use-cases/profile-content.ts';
import { gaussianRows } from '../../shared/math/random.ts';
import { fc } from '../../support/properties.ts';

const dimension = 6;

function pictures(count: number, seed: number) {
  const rows = gaussianRows(count, dimension, seed);
  return Array.from({ length: count }, (_, index) => ({
    sha256: ((index * 2654435761 + seed) >>> 0).toString(16).padStart(8, '0').repeat(8),
    embedding: rows.subarray(index * dimension, (index + 1) * dimension),
  }));
}

const close = (a: Float64Array, b: Float64Array) =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? 0))));

test('a profile is the same whatever order and parts its pictures came in', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 300 }),
      fc.nat(),
      fc.integer({ min: 1, max: 99 }),
      (n, seed, cut) => {
        const all = pictures(n, seed);
        const at = Math.min(n - 1, Math.ceil((n * cut) / 100));
        const whole = addToContent(emptyContent(dimension), all);
        const [head, tail] = [all.slice(0, at), all.slice(at)];
        const inParts = addToContent(addToContent(emptyContent(dimension), tail), head);
        const merged = mergeContent(
          addToContent(emptyContent(dimension), head),
          addToContent(emptyContent(dimension), tail),
        );
        for (const other of [inParts, merged]) {
          expect(other.pictures).toBe(n);
          expect(close(other.sum, whole.sum)).toBeLessThan(1e-9);
          expect(other.kept).toEqual(whole.kept);
        }
        expect(keptRows(whole.kept, dimension).length / dimension).toBe(Math.min(n, maxKept));
      },
    ),
    { numRuns: 30 },
  );
});

test('what is taken out again leaves what was there before, and no more can be taken than is there', () => {
  const [first, second] = [pictures(20, 1), pictures(5, 2)];
  const before = addToContent(emptyContent(dimension), first);
  const after = removeFromContent(addToContent(before, second), second);
  expect(after?.pictures).toBe(20);
  expect(after?.kept).toEqual(before.kept);
  expect(close(after?.sum ?? new Float64Array(0), before.sum)).toBeLessThan(1e-9);
  expect(removeFromContent(before, pictures(21, 3))).toBeUndefined();
  expect(removeFromContent(before, first)).toEqual(emptyContent(dimension));
});

test('the sums of a shard come back from storage as they were', () => {
  const content = addToContent(emptyContent(dimension), pictures(7, 4));
  expect(readContent(writeContent(content))).toEqual(content);
});

test("a target's mean leans on the sources where pictures are few, and goes as far as asked", () => {
  const reference = Float32Array.of(1, 0);
  const sum = Float64Array.of(0, 8);
  expect([...targetMean({ pictures: 8, sum }, reference)]).toEqual([0.5, 0.5]);
  expect([...targetMean({ pictures: 8, sum }, reference, 0)]).toEqual([1, 0]);
  expect([...targetMean({ pictures: 8, sum }, undefined)]).toEqual([0, 1]);
  expect(() => targetMean({ pictures: 0, sum }, undefined)).toThrow(RangeError);
});

test('classes are counted by how evenly they are answered', () => {
  expect(effectiveClasses([3, 3, 3])).toBeCloseTo(1);
  expect(effectiveClasses([0, 1, 2, 3])).toBeCloseTo(4);
  expect(effectiveClasses([0, 0, 0, 1])).toBeLessThan(2);
  // As many as there are where pictures are many, hardly more than there are pictures where they are few.
  expect(classesExpected(10, 128)).toBeCloseTo(10, 4);
  expect(classesExpected(104, 32)).toBeGreaterThan(25);
  expect(classesExpected(104, 32)).toBeLessThan(32);
  expect(classesExpected(7, 1)).toBeCloseTo(1);
});

test('a profile of the longest embeddings still fits a row of the database', () => {
  const longest = 8192;
  const rows = Array.from({ length: 200 }, (_, index) => ({
    sha256: index.toString(16).padStart(64, '0'),
    embedding: new Float32Array(longest).fill(1 / 91),
  }));
  const { sum, kept, pictures: count } = addToContent(emptyContent(longest), rows);
  expect(count).toBe(200);
  expect(sum.byteLength + kept.byteLength).toBeLessThan(1_000_000);
  expect(keptRows(kept, longest).length).toBeGreaterThan(0);
});
