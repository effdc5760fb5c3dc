// The two ways a thread ends: at the end of what it does, or in the middle of it; and that one in the background gives way.

import { getPriority } from 'node:os';
import { expect, test } from 'vitest';
import { openThread } from '../../../gpu-worker/threads/thread-client.ts';
import type { Held } from '../support/held-thread.ts';
import type { Priorities } from '../support/priority-thread.ts';

const entry = new URL('../support/held-thread.ts', import.meta.url);

async function begun() {
  const cells: Held = new Int32Array(new SharedArrayBuffer(12));
  const thread = openThread<Held, number>(entry);
  const answer = thread.call(cells);
  await Atomics.waitAsync(cells, 0, 0).value;
  return { cells, thread, answer };
}

function openGate(cells: Held): void {
  Atomics.store(cells, 1, 1);
  Atomics.notify(cells, 1);
}

test('a thread that is closed comes to the end of what it does; its caller waits no longer', async () => {
  const { cells, thread, answer } = await begun();
  const closed = thread.close();
  await expect(answer).rejects.toThrow('closed');
  expect(Atomics.load(cells, 2)).toBe(0);
  openGate(cells);
  await closed;
  expect(Atomics.load(cells, 2)).toBe(1);
});

test('a thread that is interrupted does not, and the next call gets another', async () => {
  const { cells, thread, answer } = await begun();
  const interrupted = thread.interrupt();
  await expect(answer).rejects.toThrow('closed');
  await interrupted;
  expect(Atomics.load(cells, 2)).toBe(0);
  openGate(cells);
  expect(await thread.call(cells)).toBe(1);
  await thread.close();
});

test('a thread in the background gives way to the others of its process, where the system can tell them apart', async () => {
  const before = getPriority();
  const priorityOf = async (inBackground: boolean) => {
    const entry = new URL('../support/priority-thread.ts', import.meta.url);
    const thread = openThread<undefined, Priorities>(entry, { inBackground });
    const answer = await thread.call(undefined);
    await thread.close();
    return answer;
  };
  const background = process.platform === 'linux' ? Math.min(before + 10, 19) : before;
  expect(await priorityOf(true)).toEqual({ thread: background, process: before });
  expect(await priorityOf(false)).toEqual({ thread: before, process: before });
});
