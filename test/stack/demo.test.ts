// `clip-icm demo` from nothing to its report, as a process.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FitReport } from '#shared/contracts/fit-report.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-demo-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

const share = expect.toSatisfy((value) => value >= 0 && value <= 1);
const milliseconds = expect.toSatisfy((value) => value > 0);
const scores = {
  plain: share,
  unprofiled: share,
  profiled: share,
  centred: share,
  gain: expect.toSatisfy((value) => Math.abs(value) <= 1),
  standardError: share,
};

describe('the demo', () => {
  it('fits, profiles and classifies what it never saw, measures, and writes its report', async () => {
    const report = path.join(directory, 'report.html');
    const args = ['cli/bin.ts', 'demo', '--json', '--report', report];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { report: fit, ...summary } = JSON.parse(stdout);
    const scored = summary.classes - 32;
    const target = { pictures: scored, zeroShot: scores, probe: scores };
    expect(summary).toEqual({
      model: 'nano-clip',
      classes: 117,
      sources: {
        environments: ['twemoji', 'fluent-emoji-flat', 'emojione', 'fxemoji'],
        pictures: 4 * summary.classes,
      },
      profilePictures: 32,
      targets: [
        { name: 'fluent-emoji-high-contrast', isSimulated: false, ...target },
        { name: 'emojione-monotone', isSimulated: false, ...target },
        { name: 'noto, fog', isSimulated: true, ...target },
        { name: 'noto, dusk', isSimulated: true, ...target },
        { name: 'noto, night vision', isSimulated: true, ...target },
        { name: 'noto, warm light', isSimulated: true, ...target },
      ],
      all: { ...target, pictures: 6 * scored },
      latencyMs: { picture: milliseconds, repeated: milliseconds, embedding: milliseconds },
    });
    expect(FitReport.parse(fit).heads.map(({ head }) => head)).toEqual(['zero-shot', 'probe']);
    // Seeded pictures, a seeded fit: what the page says of a profile holds wherever it is run.
    expect(summary.all.zeroShot.gain).toBeGreaterThan(2 * summary.all.zeroShot.standardError);
    expect(summary.all.probe.gain).toBeGreaterThan(2 * summary.all.probe.standardError);
    const html = await readFile(report, 'utf8');
    expect(html).toContain('fluent-emoji-high-contrast');
    expect(html).toContain('night vision <small>simulated</small>');
    expect(html).not.toMatch(/\b(?:src|href)="https?:/);
  }, 240_000);
});
