// What is said where a worker does not start: words, no log entries.

import { expect, test } from 'vitest';
import { startFailure } from '../../../infra/local/start-failure.ts';

const entry = (fields: object) => JSON.stringify({ level: 40, time: 1, service: 'gpu-worker', ...fields });
const head = 'The GPU worker did not become ready. It said last:';

test('a model that is not there is named once, with how to pull it', () => {
  const detail = 'There is no model org/name on this worker.';
  const lines = [
    entry({ event: 'listening', host: '127.0.0.1', port: 1 }),
    entry({ event: 'no-model', detail }),
    entry({ event: 'model-failed', model: 'org/name', code: 'not-found', detail }),
  ];
  const remedy = 'Pull it first: npm run clip-icm -- models pull org/name';
  expect(startFailure(lines)).toBe([head, detail, remedy].join('\n  '));
});

test('what is no log entry stands as it is', () => {
  expect(startFailure(['Error: boom', '    at main.ts:1'])).toBe(
    [head, 'Error: boom', '    at main.ts:1'].join('\n  '),
  );
});

test('entries without words are better than nothing', () => {
  const line = entry({ event: 'listening' });
  expect(startFailure([line])).toBe([head, line].join('\n  '));
});
