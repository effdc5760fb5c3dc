// What `npm run hostile` reads off a CPU profile: the longest stretch, which a pause ends.

import { expect, test } from 'vitest';
import { longestStretch } from '../load/hostile/edge-profile.ts';

const node = (id: number, functionName: string, children: number[] = []) => ({
  id,
  callFrame: { functionName, url: '', lineNumber: id },
  children,
});
const nodes = [
  node(1, '(root)', [2, 4, 5]),
  node(2, 'answer', [3]),
  node(3, 'multiply'),
  node(4, '(idle)'),
  node(5, 'other'),
];
/** The samples, one every 2 ms but for the gaps told. */
const stretchOf = (samples: number[], gaps: Record<number, number> = {}) =>
  longestStretch({ nodes, samples, timeDeltas: samples.map((_, index) => gaps[index] ?? 2000) });

test('one function at work is one stretch, whatever it calls', () => {
  expect(stretchOf([4, 2, 3, 3, 3, 4])).toEqual({ durationMs: 8, mostlyIn: 'multiply:4, begun in answer:3' });
});

test('another function, an idle sample or samples that are missing end it', () => {
  expect(stretchOf([3, 3, 5, 3, 3, 3, 4]).durationMs).toBe(6);
  expect(stretchOf([3, 3, 4, 3, 3, 3, 4]).durationMs).toBe(6);
  // Nothing is sampled while there is nothing to do: the third came 50 ms after the second.
  expect(stretchOf([3, 3, 3, 3, 4], { 2: 50_000 }).durationMs).toBe(7);
  // A sample that is a little late ends nothing.
  expect(stretchOf([3, 3, 3, 3, 4], { 2: 4000 }).durationMs).toBe(10);
});
