import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveConnection } from '../../cli/connection.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-cli-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function write(name: string, contents: string): Promise<string> {
  const file = path.join(directory, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, contents);
  return file;
}

describe('the connection', () => {
  const local = JSON.stringify({ url: 'http://127.0.0.1:8787', key: 'local-key' });
  const places = () => ({ configFile: path.join(directory, 'config.json'), stateDirectory: directory });

  it('is what flags say, then the config file, then the local stack', async () => {
    await write('development-key.json', local);
    expect(await resolveConnection({}, places())).toEqual(JSON.parse(local));
    await write('config.json', JSON.stringify({ url: 'https://icm.example', key: 'mine' }));
    expect(await resolveConnection({}, places())).toEqual({ url: 'https://icm.example', key: 'mine' });
    const flags = { url: 'https://other.example', key: 'theirs' };
    expect(await resolveConnection(flags, places())).toEqual(flags);
  });

  it("never sends the local stack's key elsewhere", async () => {
    await write('development-key.json', local);
    await expect(resolveConnection({ url: 'https://icm.example' }, places())).rejects.toThrow(/No key/);
  });

  it('says where it may stand, and which file is no config', async () => {
    await expect(resolveConnection({}, places())).rejects.toThrow(/CLIP_ICM_URL/);
    await write('config.json', '{"key": 1}');
    await expect(resolveConnection({}, places())).rejects.toThrow(/config\.json is not/);
  });
});
