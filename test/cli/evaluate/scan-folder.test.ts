// What an evaluation makes of folder trees as people have them.

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scanFolder } from '../../../cli/evaluate/scan-folder.ts';

let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'scan '));
});
afterEach(() => rm(root, { recursive: true }));

async function put(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), 'x');
  }
}

async function scan() {
  const result = await scanFolder(root);
  if (!result.ok) throw new Error(result.error.detail);
  return result.value;
}

describe('scanFolder', () => {
  it('reads environment/class/file, with spaces and letters of any script', async () => {
    await put(
      'Foto grafía/狐 fox/1 a.png',
      'Foto grafía/dog/ü.jpg',
      'sketch/dog/1.png',
      'sketch/狐 fox/2.png',
    );
    const tree = await scan();
    expect(tree.environments).toEqual(['Foto grafía', 'sketch']);
    expect(tree.classes).toEqual(['dog', '狐 fox']);
    expect(tree.warnings).toEqual([]);
    expect(tree.pictures.map(({ environment, class: index }) => [environment, index])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
  });

  it('takes two Unicode spellings of a name as one class', async () => {
    await put(`a/${'café'.normalize('NFC')}/1.png`, `b/${'café'.normalize('NFD')}/1.png`);
    expect((await scan()).classes).toEqual(['café'.normalize('NFC')]);
  });

  it('says which class an environment lacks, and leaves out what is empty', async () => {
    await put('a/cat/1.png', 'a/dog/1.png', 'b/cat/1.png');
    await mkdir(join(root, 'b/dog'));
    await mkdir(join(root, 'a/unicorn'));
    await mkdir(join(root, 'empty'));
    const tree = await scan();
    expect(tree.classes).toEqual(['cat', 'dog']);
    expect(tree.environments).toEqual(['a', 'b']);
    expect(tree.warnings).toEqual([
      'Class unicorn is empty everywhere and is left out.',
      'Environment b has no pictures of dog.',
    ]);
  });

  it('skips hidden files, says which others it leaves out, follows links', async () => {
    await put('a/cat/1.png', 'a/cat/.DS_Store', '.git/x/y.png', 'README.md', 'a/notes.txt');
    await symlink(join(root, 'a'), join(root, 'linked'));
    const tree = await scan();
    expect(tree.environments).toEqual(['a', 'linked']);
    expect(tree.pictures).toHaveLength(2);
    expect(tree.warnings[0]).toContain(
      '3 files are left out. README.md: The path is not environment/class/file.',
    );
    expect(tree.warnings[0]).toContain('a/notes.txt: Its name is not that of a picture.');
  });

  it('refuses a folder that is not there, and one without the layout', async () => {
    const missing = await scanFolder(join(root, 'nowhere'));
    expect(missing.ok ? '' : missing.error.code).toBe('not-found');
    await put('1.png', 'a/2.png');
    const flat = await scanFolder(root);
    expect(flat.ok ? '' : flat.error.detail).toContain('environment/class/file');
  });
});
