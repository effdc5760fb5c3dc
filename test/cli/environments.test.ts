import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeAnsweredEnvironment } from '../../cli/commands/describe-answers.ts';
import { describeEnvironment } from '../../cli/commands/describe-environment.ts';
import { describeWatch } from '../../cli/commands/describe-watch.ts';
import { listPictures } from '../../cli/list-pictures.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-environments-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('pictures named on the command line', () => {
  it('are files as they are and folders with all below them, each once', async () => {
    await mkdir(path.join(directory, 'deep/er'), { recursive: true });
    for (const name of ['b.jpg', 'deep/er/a.png', 'notes.txt', '.hidden.png']) {
      await writeFile(path.join(directory, name), '');
    }
    const own = path.join(directory, 'b.jpg');
    expect(await listPictures([directory, own])).toEqual([own, path.join(directory, 'deep/er/a.png')]);
    expect(await listPictures([path.join(directory, 'notes.txt')])).toHaveLength(1);
  });

  it('are said to be missing', async () => {
    const empty = path.join(directory, 'empty');
    await mkdir(empty);
    await expect(listPictures([empty])).rejects.toThrow(/No pictures in .*empty\.$/);
    await expect(listPictures([path.join(directory, 'gone')])).rejects.toThrow(/gone is not there\.$/);
  });
});

describe('a profile as text', () => {
  const at = '2026-11-25T00:00:00Z';
  const environment = {
    name: 'night',
    model: { id: 'nano-clip', revision: 'r'.repeat(64) },
    pictures: 40,
    revision: 2,
    createdAt: at,
    updatedAt: at,
  };

  it('says how it looks to each head of a projection', () => {
    const projection = { id: 'prj_1', name: 'zoo', version: 3 };
    const distances = [{ source: 'day', kept: 12.34, dropped: 3 }];
    const spread = { answeredClasses: 2.1, sourceClasses: 9.75 };
    const text = describeEnvironment({
      ...environment,
      fit: {
        projection,
        heads: [
          { head: 'zero-shot', mode: 'profiled', skewed: true, ...spread, distances },
          { head: 'probe', mode: 'unused', skewed: false, distances: [] },
        ],
      },
    });
    expect(text).toMatch(/^night {2}40 pictures, revision 2\n/);
    expect(text).toContain('Seen by zoo@3:');
    expect(text).toMatch(
      /zero-shot: its mean is taken out; .* 2\.1 classes, as many of the sources with 9\.75\n {2}skewed/,
    );
    expect(text).toMatch(/\n {2}day +12\.3 +3\n/);
    expect(text).toContain('probe: answers best without a profile, so it is not used');
  });

  it('tells beside answers whether it was used, and warns where it is skewed', () => {
    const answered = { name: 'night', revision: 2, pictures: 40, skewed: false };
    expect(describeAnsweredEnvironment({ ...answered, mode: 'profiled' })).toBe(
      'environment night: 40 pictures, revision 2; its mean was taken out',
    );
    expect(describeAnsweredEnvironment({ ...answered, mode: 'unused' })).toMatch(/not used/);
    expect(describeAnsweredEnvironment({ ...answered, mode: 'profiled', skewed: true })).toMatch(
      /add pictures of other/,
    );
    expect(
      describeAnsweredEnvironment({ ...answered, name: 'zoo:day', revision: 0, mode: 'profiled' }),
    ).not.toMatch(/revision/);
  });
});

describe('a watched environment as text', () => {
  const day = {
    day: '2026-11-05',
    pictures: 120,
    abstained: 0.25,
    topLabels: [{ label: 'cat', share: 0.5 }],
    open: false,
    raised: false,
    drift: { kept: { drift: 0.4, standardError: 1, shift: 0.02 } },
  };
  const watched = {
    environment: 'gate',
    profileRevision: 2,
    threshold: 5,
    state: 'drifted' as const,
    since: '2026-11-06',
    series: [
      {
        projection: { id: 'prj_1', name: 'animals', version: 3 },
        head: 'zero-shot' as const,
        labels: 12,
        ownLabels: false,
        state: 'drifted' as const,
        since: '2026-11-06',
        days: [
          day,
          {
            ...day,
            day: '2026-11-06',
            raised: true,
            drift: {
              kept: { drift: 11.2, standardError: 1.4, shift: 0.48 },
              dropped: { drift: 2, standardError: 1.1, shift: 0.1 },
            },
          },
          { ...day, day: '2026-11-07', pictures: 3, open: true, drift: undefined },
        ],
      },
    ],
  };

  it('says since when it has drifted and what to do, and each day with its error', () => {
    const text = describeWatch(watched);
    expect(text).toContain('Drifted since 2026-11-06');
    expect(text).toContain('clip-icm environments adopt gate');
    expect(text).toContain('animals@3, zero-shot, 12 labels');
    expect(text).toMatch(/2026-11-05 +120 +0\.4 ± 1\.0 +2 % of the spread +25 % +cat 50 %/);
    expect(text).toMatch(/2026-11-06 +120 +11\.2 ± 1\.4 +2\.0 ± 1\.1 +48 % of the spread +25 % +DRIFTED/);
    expect(text).toMatch(/2026-11-07 so far +3 +too few pictures/);
  });

  it('says that nothing changed, or how to have it watched', () => {
    const { since: _, ...steady } = watched;
    expect(describeWatch({ ...steady, state: 'steady' })).toContain('No drift');
    const unwatched = describeWatch({ ...steady, state: 'unwatched', series: [] });
    expect(unwatched).toContain('--environment gate');
    expect(unwatched).not.toContain('standard errors');
  });
});
