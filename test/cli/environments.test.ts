import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeAnswered } from '../../cli/commands/classify.ts';
import { describeEnvironment } from '../../cli/commands/describe-environment.ts';
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
    expect(describeAnswered({ ...answered, mode: 'profiled' })).toBe(
      'environment night: 40 pictures, revision 2; its mean was taken out',
    );
    expect(describeAnswered({ ...answered, mode: 'unused' })).toMatch(/not used/);
    expect(describeAnswered({ ...answered, mode: 'profiled', skewed: true })).toMatch(
      /add pictures of other/,
    );
    expect(describeAnswered({ ...answered, name: 'zoo:day', revision: 0, mode: 'profiled' })).not.toMatch(
      /revision/,
    );
  });
});
