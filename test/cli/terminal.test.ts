import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { ClipIcmConnectionError, ClipIcmError, ClipIcmJobError } from '#client/client.ts';
import type { Job } from '#shared/contracts/job.ts';
import { describeFailure } from '../../cli/terminal/describe-failure.ts';
import { formatJob } from '../../cli/terminal/job-progress.ts';
import { formatTable } from '../../cli/terminal/output.ts';
import { listOf, numberBetween, oneOf, orAuto, wholeNumber } from '../../cli/terminal/parse-option.ts';
import { createStatusLine, formatBar } from '../../cli/terminal/status-line.ts';

const at = '2026-01-01T00:00:00Z';
const job: Job = {
  id: 'job_1',
  kind: 'fit',
  status: 'running',
  stage: 'encode',
  progress: { done: 30, total: 120, failed: 2, ratePerSecond: 41.3, secondsLeft: 2.2 },
  createdAt: at,
  updatedAt: at,
};

describe('a failure', () => {
  it('of the service is one line with the request id, and one for each field', () => {
    const error = new ClipIcmError(
      {
        type: '/problems/invalid-request',
        title: '',
        status: 422,
        code: 'invalid-request',
        detail: 'Two fields do not fit.',
        requestId: 'req_1',
        errors: [{ pointer: '/labels', message: 'too few' }],
      },
      1.2,
    );
    expect(describeFailure(error)).toEqual({
      message:
        'error: Two fields do not fit. (422 invalid-request, request req_1, try again in 2 s)\n  /labels too few',
      exitCode: 1,
    });
  });

  it('has an exit code by its kind', () => {
    expect(describeFailure(new ClipIcmConnectionError('network', 'No answer.')).exitCode).toBe(3);
    expect(describeFailure(new ClipIcmJobError({ ...job, status: 'cancelled' })).exitCode).toBe(1);
    expect(describeFailure(new CommanderError(1, 'commander.unknownOption', '')).exitCode).toBe(2);
    expect(describeFailure(new CommanderError(0, 'commander.helpDisplayed', '')).exitCode).toBe(0);
    expect(describeFailure(new DOMException('', 'AbortError')).exitCode).toBe(130);
    expect(describeFailure(new Error('Odd.'))).toEqual({ message: 'error: Odd.', exitCode: 1 });
  });
});

describe('a table', () => {
  it('has columns as wide as their widest cell, numbers to the right', () => {
    const table = formatTable(
      ['name', 'n'],
      [
        ['Büro', 7],
        ['a', 123],
      ],
      'none',
    );
    expect(table.split('\n')).toEqual(['name    n', 'Büro    7', 'a     123']);
    expect(formatTable(['name'], [], 'none')).toBe('none');
  });
});

describe('progress', () => {
  it('is one line with what is known', () => {
    expect(formatJob(job)).toBe(
      'encode     ██████░░░░░░░░░░░░░░░░░░   25 %  30 of 120  2 failed  41/s  3 s left',
    );
    const queued: Job = { ...job, status: 'queued', progress: { done: 0, total: 0, failed: 0 } };
    expect(formatJob(queued)).toContain('queued');
    const refitted: Job = { ...queued, status: 'succeeded' };
    expect(formatJob(refitted)).toMatch(/^succeeded +█+ +100 %$/);
    expect(formatBar(2, 4)).toBe('████');
  });

  it('is drawn on a terminal only, and never wider than it', () => {
    const written: string[] = [];
    const write = (text: string) => written.push(text) > 0;
    createStatusLine({ write }).update('unseen');
    expect(written).toEqual([]);
    const line = createStatusLine({ write, isTTY: true, columns: 6 });
    line.update('a long line');
    line.clear();
    expect(written).toEqual(['\r\u001b[2Ka lon', '\r\u001b[2K']);
    createStatusLine({ write, isTTY: true, columns: 0 }).update('of a width that is not known');
    expect(written.at(-1)).toBe('\r\u001b[2Kof a width that is not known');
  });
});

describe('options', () => {
  it('take what fits and refuse the rest', () => {
    expect(wholeNumber(0, 9)('7')).toBe(7);
    for (const text of ['', ' ', '1.5', '10', '-1', 'x']) expect(() => wholeNumber(0, 9)(text)).toThrow();
    expect(numberBetween(0, 1)('0.25')).toBe(0.25);
    expect(() => numberBetween(0, 1)('NaN')).toThrow();
    expect(orAuto(oneOf(['icm', 'soft']))('auto')).toBe('auto');
    expect(() => oneOf(['icm', 'soft'])('pca')).toThrow(/icm, soft/);
    expect(listOf(' cat, ,dog ')).toEqual(['cat', 'dog']);
  });
});
