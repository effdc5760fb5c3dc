// `clip-icm demo` from nothing to its report, as a process.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-demo-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

const share = expect.toSatisfy((value) => value >= 0 && value <= 1);
const milliseconds = expect.toSatisfy((value) => value > 0);

describe('the demo', () => {
  it('fits, classifies what it never saw, measures, and writes its report', async () => {
    const report = path.join(directory, 'report.html');
    const args = ['cli/bin.ts', 'demo', '--json', '--report', report];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const summary = JSON.parse(stdout);
    expect(summary).toEqual({
      model: 'nano-clip',
      source: {
        environments: ['noto', 'twemoji', 'fluent-emoji-flat', 'emojione', 'fxemoji'],
        pictures: 5 * summary.classes,
        leftOut: { clip: share, projection: share },
      },
      target: {
        environments: ['fluent-emoji-high-contrast', 'emojione-monotone'],
        pictures: 2 * summary.classes,
      },
      classes: 117,
      accuracy: { clip: share, projection: share },
      estimator: expect.any(String),
      lambda: expect.toSatisfy((lambda) => lambda === null || lambda >= 0),
      dimension: expect.toSatisfy((dimension) => dimension > 0 && dimension <= 256),
      latencyMs: { picture: milliseconds, repeated: milliseconds, embedding: milliseconds },
    });
    const html = await readFile(report, 'utf8');
    expect(html).toContain('fluent-emoji-high-contrast');
    expect(html).not.toMatch(/\b(?:src|href)="https?:/);
  }, 120_000);
});
