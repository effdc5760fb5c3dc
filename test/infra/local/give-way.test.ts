import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { expect, test } from 'vitest';
import { giveWayToOthers } from '../../../infra/local/give-way.ts';

test('a worker of the local stack goes second on a contended processor, as a process and as a session', () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true });
  try {
    giveWayToOthers(child);
    expect(os.getPriority(child.pid)).toBe(10);
    const group = `/proc/${child.pid}/autogroup`;
    if (existsSync(group)) expect(readFileSync(group, 'utf8')).toMatch(/nice 10$/m);
  } finally {
    child.kill('SIGKILL');
  }
});

test('a process that could not be started is left alone', () => {
  expect(() => giveWayToOthers({ pid: undefined })).not.toThrow();
  // Out of reach of any system's process ids.
  expect(() => giveWayToOthers({ pid: 2 ** 30 })).not.toThrow();
});
