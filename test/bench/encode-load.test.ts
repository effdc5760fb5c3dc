// The load of `npm run bench -- worker` is signed as a worker wants it: nothing else runs that benchmark between releases.

import { expect, test } from 'vitest';
import { startGpuWorker } from '../../infra/local/gpu-worker-process.ts';
import { createSecrets } from '../../infra/local/local-secrets.ts';
import { openEncodeLoad } from './worker/encode-load.ts';
import { makePhotographs } from './worker/photographs.ts';

test('a worker encodes what the benchmark of workers sends', async () => {
  const { workerSecret: secret } = createSecrets();
  const worker = await startGpuWorker({ secret, model: 'nano-clip', environment: { LOG_LEVEL: 'warn' } });
  try {
    await worker.ready();
    const load = openEncodeLoad({ url: worker.url, secret, model: 'nano-clip' }, await makePhotographs(1), 1);
    expect(await load.encode(2)).toBeGreaterThan(0);
    await load.close();
  } finally {
    await worker.close();
  }
});
