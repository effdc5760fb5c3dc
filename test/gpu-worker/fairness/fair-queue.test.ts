// Turns: nobody waits for another's backlog, and weights are shares.

import { describe, expect, test } from 'vitest';
import { createFairQueue, type Party } from '../../../gpu-worker/fairness/fair-queue.ts';

const big: Party = { tag: 'big', weight: 1 };
const small: Party = { tag: 'small', weight: 1 };

function drain<Task>(queue: { shift: () => Task | undefined }, count: number): Task[] {
  return Array.from({ length: count }, () => queue.shift()).filter((task) => task !== undefined);
}

describe('a fair queue', () => {
  test('serves the tasks of one party in the order they came', () => {
    const queue = createFairQueue<number>();
    for (const task of [1, 2, 3]) queue.push(task, big);
    expect(drain(queue, 4)).toEqual([1, 2, 3]);
    expect(queue.size()).toBe(0);
  });

  test('lets a newcomer wait for one task of a backlog, not for all of it', () => {
    const queue = createFairQueue<string>();
    for (let i = 0; i < 100; i++) queue.push('big', big);
    drain(queue, 50);
    queue.push('small', small);
    expect(drain(queue, 2)).toContain('small');
  });

  test('gives no credit for having been idle', () => {
    const queue = createFairQueue<string>();
    for (let i = 0; i < 100; i++) queue.push('big', big);
    drain(queue, 60);
    for (let i = 0; i < 20; i++) queue.push('small', small);
    expect(drain(queue, 20).filter((task) => task === 'small').length).toBeLessThanOrEqual(11);
  });

  test('serves by weight, and counts a task as much as it costs', () => {
    const weighed = createFairQueue<string>();
    for (let i = 0; i < 60; i++) {
      weighed.push('big', { tag: 'big', weight: 3 });
      weighed.push('small', small);
    }
    const served = drain(weighed, 40).filter((task) => task === 'big').length;
    expect(served).toBeGreaterThanOrEqual(29);
    expect(served).toBeLessThanOrEqual(31);

    const costly = createFairQueue<string>((task) => (task === 'big' ? 4 : 1));
    for (let i = 0; i < 60; i++) {
      costly.push('big', big);
      costly.push('small', small);
    }
    expect(drain(costly, 50).filter((task) => task === 'big').length).toBeLessThanOrEqual(11);
  });

  test('takes those together that fit the next in turn, in turn over the parties', () => {
    const queue = createFairQueue<string>();
    for (const task of ['x1', 'x2', 'x3', 'y1']) queue.push(task, big);
    for (const task of ['x8', 'x9']) queue.push(task, small);
    const alike = (task: string, first: string) => task[0] === first[0];
    expect(queue.takeWith(() => 4, alike).toSorted()).toEqual(['x1', 'x2', 'x8', 'x9']);
    expect(queue.takeWith(() => 4, alike)).toEqual(['x3']);
    expect([queue.takeWith(() => 4, alike), queue.size()]).toEqual([['y1'], 0]);
  });

  test('takes out what matches', () => {
    const queue = createFairQueue<string>();
    for (const task of ['a1', 'a2', 'a3']) queue.push(task, { tag: 'a', weight: 1 });
    for (const task of ['b1', 'b2']) queue.push(task, { tag: 'b', weight: 1 });
    expect(queue.remove((task) => task === 'a2')).toEqual(['a2']);
    expect(queue.size()).toBe(4);
    expect(drain(queue, 9).toSorted()).toEqual(['a1', 'a3', 'b1', 'b2']);
  });
});
