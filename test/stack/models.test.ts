// Models over HTTP: the list, each family's answers by its own formula, and what is said of a model that cannot be used.

import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toBase64 } from '#shared/digest.ts';
import {
  cosine,
  familiesDirectory,
  familyModels,
  furthest,
  readGolden,
  readPicture,
} from '../gpu-worker/families/golden.ts';
import { editJson, nanoClip, temporaryDirectory } from '../gpu-worker/support/model-copies.ts';
import { samplePicture, sampleTree, withComment } from '../support/pictures.ts';
import { openTestStack, type StackTenant, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let tenant: StackTenant;
let models: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  models = await temporaryDirectory();
  await cp(familiesDirectory, join(models.path, 'small'), { recursive: true });
  await cp(nanoClip, join(models.path, 'nano-clip'), { recursive: true });
  await cp(join(familiesDirectory, 'mobileclip'), join(models.path, 'broken'), { recursive: true });
  await editJson(join(models.path, 'broken'), 'config.json', { model_type: 'bert' });
  await cp(join(familiesDirectory, 'mobileclip'), join(models.path, 'half'), { recursive: true });
  await rm(join(models.path, 'half', 'onnx/text_model.onnx'));
  stack = await openTestStack({ modelsDirectory: models.path });
  tenant = await stack.tenant('modeller');
});

afterAll(async () => {
  await stack?.close();
  await models?.[Symbol.asyncDispose]();
});

async function get(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await tenant.fetch(path);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('GET /v1/models', () => {
  it('lists what there is, with the default, and why one cannot be used', async () => {
    const { status, body } = await get('/v1/models');
    expect(status).toBe(200);
    expect(body).toMatchObject({ object: 'list' });
    const byName = new Map((body.data as { id: string }[]).map((model) => [model.id, model]));
    expect(byName.get('nano-clip')).toMatchObject({
      object: 'model',
      family: 'clip',
      dimension: 256,
      modalities: ['text', 'image'],
      default: true,
      status: 'loaded',
    });
    expect(byName.get('small/siglip')).toMatchObject({
      family: 'siglip',
      status: 'available',
      default: false,
    });
    expect(byName.get('broken')).toMatchObject({
      status: 'unusable',
      reason: 'config.json says model_type "bert", which is no kind of CLIP known here',
    });
    expect(byName.get('half')).toMatchObject({
      status: 'unusable',
      reason: 'onnx/text_model.onnx is missing',
    });
  });

  it('answers one by name, 404 for none, and 422 with the reason for one that cannot be used', async () => {
    expect(await get('/v1/models/small/jina-clip-v2')).toMatchObject({
      status: 200,
      body: {
        id: 'small/jina-clip-v2',
        family: 'jina-clip',
        dimension: 12,
        status: 'loaded',
        owned_by: 'small',
      },
    });
    expect(await get('/v1/models/nowhere')).toMatchObject({ status: 404, body: { code: 'not-found' } });
    expect(await get('/v1/models/half')).toMatchObject({
      status: 422,
      body: {
        code: 'unusable-model',
        detail: 'The model half cannot be used: onnx/text_model.onnx is missing.',
      },
    });
  });
});

describe('a request that names a model', () => {
  it('is 404 where there is none and 422 with the reason where it cannot be used', async () => {
    const ask = (model: string) => tenant.client.embeddings.create({ model, input: 'a fox' });
    await expect(ask('nowhere')).rejects.toMatchObject({ status: 404, code: 'not-found' });
    await expect(ask('broken')).rejects.toMatchObject({ status: 422, code: 'unusable-model' });
  });
});

describe('a long text', () => {
  const embed = async (input: string | string[]) => {
    const body = JSON.stringify({ model: 'nano-clip', input });
    const headers = { 'content-type': 'application/json' };
    const response = await tenant.fetch('/v1/embeddings', { method: 'POST', headers, body });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('is cut to the context and said to be, up to 32 KiB', async () => {
    const text = 'fox '.repeat(8192);
    const { status, body } = await embed(['a fox', text]);
    expect(status).toBe(200);
    const [short, long] = body.data as { embedding: number[]; truncated?: true }[];
    expect(short).not.toHaveProperty('truncated');
    expect(long).toMatchObject({ truncated: true });
    const cut = await embed('fox '.repeat(30));
    expect(
      furthest(long?.embedding ?? [], (cut.body.data as { embedding: number[] }[])[0]?.embedding ?? []),
    ).toBe(0);
  });

  it('is 413 above that, counted in bytes, and 422 where it is empty', async () => {
    expect(await embed(`x${'fox '.repeat(8192)}`)).toMatchObject({
      status: 413,
      body: { code: 'payload-too-large', detail: 'A text has more than 32768 bytes.' },
    });
    expect(await embed('狐'.repeat(10_923))).toMatchObject({ status: 413 });
    expect(await embed('狐'.repeat(10_922))).toMatchObject({ status: 200 });
    expect(await embed('')).toMatchObject({ status: 422 });
  });
});

describe.each(familyModels)('%s over HTTP', (name) => {
  const model = `small/${name}`;

  it('embeds and scores as PyTorch does by the formula of its family', async () => {
    const { pictures, texts, probabilities, logitBias } = await readGolden(name);
    const labels = texts.map(({ text }) => text);
    const files = await Promise.all(pictures.map(({ file }) => readPicture(file)));
    const inputs = files.map((bytes) => ({ image: toBase64(bytes) }));
    const options = { model, labels, templates: ['{}'], topK: labels.length };
    const answer = await tenant.client.classifications.create({ ...options, inputs });
    expect(answer.scoring).toBe(logitBias === undefined ? 'softmax' : 'sigmoid');
    for (const [index, result] of answer.results.entries()) {
      if (!('predictions' in result)) throw new Error(result.error.detail);
      for (const { label, probability } of result.predictions) {
        const expected = probabilities[index]?.[labels.indexOf(label)] ?? Number.NaN;
        expect(Math.abs(probability - expected)).toBeLessThan(1e-4);
      }
    }
  });

  it('gives 200 texts and 200 pictures what it gives each of them alone', async () => {
    const { pictures, texts } = await readGolden(name);
    const files = await Promise.all(pictures.map(({ file }) => readPicture(file)));
    const kinds = [...texts, ...pictures];
    /** Other bytes each time, so that nothing is answered from a cache. */
    const asked = (kind: number, time: string) => {
      const file = files[kind - texts.length];
      return file === undefined
        ? (texts[kind]?.text ?? '')
        : { image: toBase64(withComment(file, `${model} ${time}`)) };
    };
    const embed = async (input: ReturnType<typeof asked>[]) =>
      (await tenant.client.embeddings.create({ model, input })).data.map(
        ({ embedding }) => embedding as number[],
      );
    const alone = (await Promise.all([...kinds.keys()].map((kind) => embed([asked(kind, 'alone')])))).flat();
    for (const [index, { embedding }] of kinds.entries()) {
      expect(cosine(alone[index] ?? [], embedding)).toBeGreaterThan(1 - 1e-6);
    }
    const many = Array.from({ length: 400 }, (_, i) => i % kinds.length);
    const starts = Array.from({ length: Math.ceil(many.length / 64) }, (_, i) => 64 * i);
    const parts = await Promise.all(
      starts.map((start) =>
        embed(many.slice(start, start + 64).map((kind, i) => asked(kind, `${start + i}`))),
      ),
    );
    for (const [index, row] of parts.flat().entries()) {
      expect(furthest(row, alone[many[index] ?? 0] ?? [])).toBeLessThan(1e-6);
    }
  });
});

describe('a projection of a model with sigmoid scores', () => {
  const styles = ['noto', 'twemoji', 'fxemoji'];
  const concepts = ['cat', 'tulip', 'whale', 'lemon'];
  const labels = concepts.toSorted();
  const picture = samplePicture('emojione', 'lemon');
  const sumOf = (predictions: readonly { probability: number }[]) =>
    predictions.reduce((sum, { probability }) => sum + probability, 0);

  const ask = async (options: {
    projection?: string;
    head?: 'zero-shot' | 'probe';
    environment?: string;
  }) => {
    const asked = options.projection === undefined ? { model: 'small/siglip', labels } : {};
    const answer = await tenant.client.classifications.picture(picture, {
      ...asked,
      ...options,
      topK: labels.length,
    });
    const [result] = answer.results;
    if (result === undefined || !('predictions' in result)) throw new Error('no answer');
    return { ...answer, predictions: result.predictions };
  };

  beforeAll(async () => {
    const { client } = tenant;
    await client.datasets.create({ name: 'drawn' });
    await client.datasets.uploadTree('drawn', sampleTree(styles, concepts));
    const common = { model: 'small/siglip', datasets: ['drawn'], heads: ['zero-shot', 'probe'] as const };
    for (const [name, choice] of [
      ['fixed', { estimator: 'icm', dimension: 6, lambda: 1 }],
      ['chosen', {}],
    ] as const) {
      const { job } = await client.projections.fit({ ...common, name, ...choice, heads: [...common.heads] });
      await client.jobs.wait(job.id);
    }
  });

  it('is fitted on its embeddings', async () => {
    expect(await tenant.client.projections.get('fixed')).toMatchObject({
      status: 'ready',
      model: { id: 'small/siglip' },
      labels: expect.arrayContaining(concepts),
    });
  });

  it.each(['fixed', 'chosen'])('answers by softmax, zero-shot and by its probe (%s)', async (projection) => {
    for (const head of ['zero-shot', 'probe'] as const) {
      const { scoring, head: answered, predictions } = await ask({ projection, head });
      expect({ scoring, answered }).toEqual({ scoring: 'softmax', answered: head });
      expect(predictions).toHaveLength(labels.length);
      expect(sumOf(predictions)).toBeCloseTo(1, 5);
    }
  });

  it('answers by softmax with a profile, too', async () => {
    const answer = await ask({ projection: 'chosen', environment: 'chosen:noto' });
    expect(answer.scoring).toBe('softmax');
    expect(sumOf(answer.predictions)).toBeCloseTo(1, 5);
  });

  it('answers by softmax also where plain CLIP was kept, in the order that plain CLIP has', async () => {
    const { client } = tenant;
    await client.datasets.create({ name: 'one-place' });
    await client.datasets.uploadTree('one-place', sampleTree(['noto'], concepts));
    const { job } = await client.projections.fit({
      name: 'kept',
      model: 'small/siglip',
      datasets: ['one-place'],
    });
    await client.jobs.wait(job.id);
    const { heads } = await client.projections.get('kept');
    expect(heads?.find(({ head }) => head === 'zero-shot')?.modes?.unprofiled.choice).toBe('plain');
    const [kept, plain] = [await ask({ projection: 'kept', head: 'zero-shot' }), await ask({})];
    expect({ kept: kept.scoring, plain: plain.scoring }).toEqual({ kept: 'softmax', plain: 'sigmoid' });
    expect(sumOf(kept.predictions)).toBeCloseTo(1, 5);
    expect(kept.predictions.map(({ label }) => label)).toEqual(plain.predictions.map(({ label }) => label));
    for (const [index, { score }] of plain.predictions.entries()) {
      expect(kept.predictions[index]?.score).toBeCloseTo(score, 5);
    }
  });

  it('has nothing to take out of one label, which plain CLIP judges with an environment as without', async () => {
    const only = { model: 'small/siglip', labels: ['cat'] };
    const alone = await tenant.client.classifications.picture(picture, only);
    const placed = await tenant.client.classifications.picture(picture, {
      ...only,
      environment: 'chosen:noto',
    });
    expect(placed).toMatchObject({ scoring: 'sigmoid', environment: { mode: 'unused' } });
    expect(placed.results[0]).toMatchObject({
      probability: (alone.results[0] as { probability: number }).probability,
    });
  });

  it('is sigmoid without it: each label by itself, in the order of the cosines', async () => {
    const { scoring, predictions } = await ask({});
    const { logitScale, logitBias = 0 } = await readGolden('siglip');
    expect(scoring).toBe('sigmoid');
    expect(predictions.map(({ score }) => score)).toEqual(
      predictions.map(({ score }) => score).toSorted((a, b) => b - a),
    );
    for (const { probability, score } of predictions) {
      expect(probability).toBeCloseTo(1 / (1 + Math.exp(-(logitScale * score + logitBias))), 5);
    }
    expect(Math.abs(sumOf(predictions) - 1)).toBeGreaterThan(0.01);
  });
});
