import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTree } from '../../cli/read-tree.ts';
import { describeUpload } from '../../cli/upload-directory.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-tree-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function put(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const file = path.join(directory, 'tree', name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, '');
  }
}

async function read(layout?: 'environment' | 'class') {
  const tree = await readTree(path.join(directory, 'tree'), layout);
  if (tree === undefined) throw new Error('there is no tree');
  return tree;
}

const places = ({ pictures }: Awaited<ReturnType<typeof read>>) =>
  pictures.map(({ environment, class: label = '-', filename }) => `${environment}/${label}/${filename}`);

describe('a picture tree on disk', () => {
  it('is environment/class/file and environment/file, names kept as they are', async () => {
    await put('site 1/polar_bear/b.JPG', 'Büro/猫/a.png', 'site 1/loose.png');
    expect(places(await read())).toEqual(['Büro/猫/a.png', 'site 1/-/loose.png', 'site 1/polar_bear/b.JPG']);
  });

  it('is class/file where its folders are classes', async () => {
    await put('fox/1.png', 'hare/2.png', 'north/fox/3.png');
    const tree = await read('class');
    expect(places(tree)).toEqual(['default/fox/1.png', 'default/hare/2.png']);
    expect(tree.leftOut).toEqual([{ path: 'north/fox/3.png', reason: 'The path is not class/file.' }]);
  });

  it('loses nothing in silence: what is not taken is listed, what is hidden counted', async () => {
    await put('a/b/1.jfif', 'a/b/0001', 'a/b/notes.txt', 'a/b/deep/er.png', 'top.png');
    await put('a/b/.DS_Store', '.git/config', 'a/Thumbs.db');
    const tree = await read();
    expect(places(tree)).toEqual(['a/b/0001', 'a/b/1.jfif']);
    expect(tree.leftOut).toEqual([
      { path: 'a/b/deep/er.png', reason: 'The path is not environment/class/file.' },
      { path: 'a/b/notes.txt', reason: 'Its name is not that of a picture.' },
      { path: 'top.png', reason: 'The path is not environment/class/file.' },
    ]);
    expect(tree.hidden).toBe(3);
    expect(describeUpload({ ...tree, added: 2, unchanged: 0, skipped: [] }).at(-1)).toBe(
      '2 added, 0 already there, 3 skipped, 3 hidden',
    );
  });

  it('follows links inside the root, and lists those that lead out, nowhere or back', async () => {
    await put('real/fox/1.png');
    await mkdir(path.join(directory, 'elsewhere'));
    const link = (target: string, name: string) => symlink(target, path.join(directory, 'tree', name));
    await link('real', 'linked');
    await link('1.png', 'real/fox/2.png');
    await link('../elsewhere', 'outside');
    await link('nothing', 'broken');
    await link('..', 'real/up');
    const tree = await read();
    expect(places(tree)).toEqual([
      'linked/fox/1.png',
      'linked/fox/2.png',
      'real/fox/1.png',
      'real/fox/2.png',
    ]);
    expect(tree.leftOut).toEqual([
      { path: 'broken', reason: 'The link leads nowhere.' },
      { path: 'linked/up', reason: 'The link leads back to a folder that it lies in.' },
      { path: 'outside', reason: 'The link leads out of the folder.' },
      { path: 'real/up', reason: 'The link leads back to a folder that it lies in.' },
    ]);
  });

  it('that is none is said to be none', async () => {
    await put('a/1.png');
    expect(await readTree(path.join(directory, 'tree/a/1.png'))).toBeUndefined();
    expect(await readTree(path.join(directory, 'nowhere'))).toBeUndefined();
  });
});
