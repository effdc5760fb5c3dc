import { spawn } from 'node:child_process';
import os from 'node:os';
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

test('a process that could not be started is left alone', () => {
  expect(() => giveWayToOthers({ pid: undefined })).not.toThrow();
  // Out of reach of any system's process ids.
  expect(() => giveWayToOthers({ pid: 2 ** 30 })).not.toThrow();
});
