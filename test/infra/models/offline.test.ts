import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ImportRequest, importModel } from '../../../infra/models/import.ts';
import { listInstalled } from '../../../infra/models/inventory.ts';
import { verifyModel } from '../../../infra/models/verify.ts';
import { hostedModel } from './support/hosted-model.ts';

const name = 'someone/tiny-clip';

let base: string;
let root: string;
let stick: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'models-'));
  root = join(base, 'models');
  stick = join(base, 'stick');
  for (const [path, bytes] of hostedModel().files) {
    await mkdir(dirname(join(stick, path)), { recursive: true });
    await writeFile(join(stick, path), bytes);
  }
});

afterEach(() => rm(base, { recursive: true }));

function importFrom(from: string, extra: Partial<ImportRequest> = {}) {
  const now = () => new Date('2026-01-02T03:04:05Z');
  return importModel({ name, root, from, variant: 'default', now, onProgress: () => {}, ...extra });
}

describe('importModel', () => {
  it('copies a model from its own directory and records its hashes', async () => {
    expect(await importFrom(stick)).toMatchObject({ ok: true, value: { manifest: { source: 'directory' } } });
    expect(await verifyModel(root, name)).toMatchObject({ ok: true, value: { whole: true } });
  });

  it('finds the model by name in a directory of models', async () => {
    const shelf = join(base, 'shelf');
    await cp(stick, join(shelf, name), { recursive: true });
    expect(await importFrom(shelf)).toMatchObject({ ok: true });
  });

  it('copies a variant alone', async () => {
    expect(await importFrom(stick, { variant: 'fp16' })).toMatchObject({
      ok: true,
      value: { manifest: { variants: ['fp16'] } },
    });
    expect(await readFile(join(root, name, 'onnx/vision_model_fp16.onnx'))).toEqual(
      hostedModel().files.get('onnx/vision_model_fp16.onnx'),
    );
  });

  it('remembers the commit of a model that was pulled elsewhere', async () => {
    await importFrom(stick);
    const manifest = join(root, name, 'manifest.json');
    const pulled = { ...JSON.parse(await readFile(manifest, 'utf8')), commit: 'abc' };
    await writeFile(manifest, JSON.stringify(pulled));
    const imported = await importFrom(root, { root: join(base, 'second') });
    expect(imported).toMatchObject({ ok: true, value: { manifest: { commit: 'abc' } } });
  });

  it('refuses files that differ from the manifest beside them, and installs nothing', async () => {
    await importFrom(stick);
    await writeFile(join(root, name, 'tokenizer.json'), 'changed');
    const second = join(base, 'second');
    expect(await importFrom(root, { root: second })).toMatchObject({
      ok: false,
      error: { code: 'damaged' },
    });
    expect(await listInstalled(second)).toEqual([]);
  });

  it('refuses a directory that lacks a file', async () => {
    expect(await importFrom(stick, { variant: 'quantized' })).toMatchObject({
      error: { code: 'not-a-model' },
    });
    expect(await importFrom(join(base, 'nowhere'))).toMatchObject({ error: { code: 'not-a-model' } });
  });

  it('does not follow a manifest out of the directory', async () => {
    await importFrom(stick);
    const path = join(root, name, 'manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8'));
    manifest.files[0].path = '../../../etc/passwd';
    await writeFile(path, JSON.stringify(manifest));
    const damaged = { ok: false, error: { code: 'damaged' } };
    expect(await importFrom(root, { root: join(base, 'second') })).toMatchObject(damaged);
    expect(await verifyModel(root, name)).toMatchObject(damaged);
  });
});

describe('verifyModel', () => {
  it('names the files that are missing or changed', async () => {
    await importFrom(stick);
    await rm(join(root, name, 'config.json'));
    await writeFile(join(root, name, 'tokenizer.json'), 'changed');
    const report = await verifyModel(root, name);
    expect(report).toMatchObject({ ok: true, value: { whole: false } });
    const bad = report.ok ? report.value.files.filter(({ state }) => state !== 'whole') : [];
    expect(bad).toEqual([
      { path: 'config.json', state: 'missing' },
      { path: 'tokenizer.json', state: 'changed' },
    ]);
  });

  it('says that a model was never pulled', async () => {
    expect(await verifyModel(root, name)).toMatchObject({ ok: false, error: { code: 'not-found' } });
  });
});

describe('listInstalled', () => {
  it('lists pulled models and others, and no unfinished download', async () => {
    await importFrom(stick);
    await mkdir(join(root, 'by-hand', 'onnx'), { recursive: true });
    await writeFile(join(root, 'by-hand', 'config.json'), '{"projection_dim":7}');
    await mkdir(join(root, '.partial', 'x'), { recursive: true });
    await writeFile(join(root, '.partial', 'x', 'config.json'), '{}');
    const models = await listInstalled(root);
    expect(models.map(({ id, dimension, variants }) => ({ id, dimension, variants }))).toEqual([
      { id: 'by-hand', dimension: 7, variants: undefined },
      { id: name, dimension: 48, variants: ['default'] },
    ]);
  });

  it('finds the embedded model, of 256 dimensions', async () => {
    const embedded = join(import.meta.dirname, '../../../gpu-worker/models');
    expect(await listInstalled(embedded)).toContainEqual(
      expect.objectContaining({ id: 'nano-clip', dimension: 256 }),
    );
  });

  it('is empty where there is no such directory', async () => {
    expect(await listInstalled(join(base, 'nowhere'))).toEqual([]);
  });
});
