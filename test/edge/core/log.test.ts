import { afterEach, expect, test, vi } from 'vitest';
import { writeLog } from '../../../edge/log.ts';

afterEach(() => void vi.restoreAllMocks());

test('every line has level, event and request, and what was thrown where something was', () => {
  const lines: unknown[] = [];
  for (const level of ['warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(JSON.parse(line)));
  }
  writeLog({
    level: 'warn',
    event: 'step-failed',
    requestId: 'job_1',
    about: { step: 'plan' },
    thrown: 'away',
  });
  writeLog({ level: 'error', event: 'bug', requestId: 'req_1', thrown: new Error('broken') });
  writeLog({ level: 'warn', event: 'job-taken-over', requestId: undefined });
  expect(lines).toEqual([
    { level: 'warn', event: 'step-failed', requestId: 'job_1', step: 'plan', message: 'away' },
    { level: 'error', event: 'bug', requestId: 'req_1', message: 'broken', stack: expect.any(String) },
    { level: 'warn', event: 'job-taken-over' },
  ]);
});
