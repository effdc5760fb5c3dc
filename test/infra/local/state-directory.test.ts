import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStateDirectory } from '../../../infra/local/state-directory.ts';

let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'clip-icm-state-'));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

const modeOf = async (file: string) => (await stat(file)).mode & 0o777;

test('makes a directory that only its owner sees', async () => {
  const directory = path.join(parent, 'new', 'deeper');
  await openStateDirectory(directory);
  expect(await modeOf(directory)).toBe(0o700);
});

test('takes from others what they could see in a directory that was there', async () => {
  const directory = path.join(parent, 'old');
  await mkdir(path.join(directory, 'edge'), { recursive: true });
  const files = [path.join(directory, 'secrets.json'), path.join(directory, 'edge/db.sqlite')];
  const outside = path.join(parent, 'outside');
  for (const file of [...files, outside]) {
    await writeFile(file, '');
    await chmod(file, 0o644);
  }
  await symlink(outside, path.join(directory, 'link'));
  await chmod(directory, 0o755);
  await openStateDirectory(directory);
  expect(await modeOf(directory)).toBe(0o700);
  expect(await modeOf(path.join(directory, 'edge'))).toBe(0o700);
  for (const file of files) expect(await modeOf(file)).toBe(0o600);
  expect(await modeOf(outside)).toBe(0o644);
});

test('says at once that a directory cannot be made, and what to do', async () => {
  const file = path.join(parent, 'a file');
  await writeFile(file, '');
  for (const directory of ['/proc/nothing-here', file, path.join(file, 'in it')]) {
    await expect(openStateDirectory(directory)).rejects.toThrow(/Nothing can be kept in .*--data-dir/);
  }
});
