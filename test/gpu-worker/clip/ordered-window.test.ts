// Answers come in the order of the items, with no more than the window under way.

import { describe, expect, test } from 'vitest';
import { collect, orderedWindow } from '../../../gpu-worker/clip/ordered-window.ts';

const items = Array.from({ length: 20 }, (_, i) => i);

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

describe('orderedWindow', () => {
  test('keeps the order whatever finishes first, and the window', async () => {
    let underWay = 0;
    let most = 0;
    const answers = orderedWindow(items, 4, async (item) => {
      most = Math.max(most, ++underWay);
      await turns((item * 7) % 5);
      underWay--;
      return item * 10;
    });
    expect(await collect(answers)).toEqual(items.map((item) => item * 10));
    expect(most).toBeLessThanOrEqual(4);
  });

  test('ends with the first failure, in order', async () => {
    const seen: number[] = [];
    const answers = orderedWindow(items, 4, async (item) => {
      if (item === 5 || item === 6) throw new Error(`item ${item}`);
      return item;
    });
    const reading = async () => {
      for await (const answer of answers) seen.push(answer);
    };
    await expect(reading()).rejects.toThrow('item 5');
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  test('reads no further ahead than the window when its reader stops', async () => {
    let read = 0;
    function* source() {
      for (const item of items) {
        read++;
        yield item;
      }
    }
    for await (const answer of orderedWindow(source(), 3, async (item) => item)) {
      if (answer === 2) break;
    }
    expect(read).toBe(5);
  });
});
