import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { giveWayToOthers } from '../../../infra/local/give-way.ts';

test('a worker of the local stack goes second on a contended processor', () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  try {
    giveWayToOthers(child);
    expect(os.getPriority(child.pid)).toBe(10);
  } finally {
    child.kill('SIGKILL');
  }
});

test.skipIf(!existsSync('/proc/self/autogroup')).each([
  [true, / nice 10$/m],
  [false, / nice 0$/m],
])('a session goes second where the stack leads it: %s', async (leads, expected) => {
  const place = import.meta.resolve('../../../infra/local/give-way.ts');
  const script = `import { readFileSync } from 'node:fs';
    import { giveWayAsSession } from ${JSON.stringify(place)};
    giveWayAsSession();
    process.stdout.write(readFileSync('/proc/self/autogroup'));`;
  const args = ['--input-type=module', '-e', script];
  // A session of its own, in which it leads or follows.
  const command = leads ? process.execPath : 'sh';
  const child = spawn(command, leads ? args : ['-c', '"$0" "$@"; true', process.execPath, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  expect(await text(child.stdout)).toMatch(expected);
});

test('a process that could not be started is left alone', () => {
  expect(() => giveWayToOthers({ pid: undefined })).not.toThrow();
  // Out of reach of any system's process ids.
  expect(() => giveWayToOthers({ pid: 2 ** 30 })).not.toThrow();
});
