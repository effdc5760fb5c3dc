// The entry of the local edge's container, told to stop as `docker stop` does.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

test('ends in order, and lets its directory go', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-test-'));
  const child = spawn(process.execPath, ['infra/docker/local-edge.ts'], {
    env: {
      ...process.env,
      PORT: '0',
      DATA_DIR: directory,
      WORKER_ENDPOINTS: 'http://127.0.0.1:9',
      WORKER_SECRET: 'a secret for tests that is long enough',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let said = '';
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      said += chunk;
      if (said.includes('the edge is ready')) break;
    }
    expect(await readdir(directory)).toContain('lock');
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(await readdir(directory)).not.toContain('lock');
  } finally {
    child.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  }
});
