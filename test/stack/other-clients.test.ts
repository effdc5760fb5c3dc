// Clients that people already have: what the openai package, LangChain, LiteLLM and plain forms send, against the real stack.

import { readFile } from 'node:fs/promises';
import { InferenceSession } from 'onnxruntime-node';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTar } from '#client/tar.ts';
import type { EmbeddingResponse } from '#shared/contracts/embedding.ts';
import { smallArtefact } from '../support/small-artefact.ts';
import { openTestStack, type StackTenant, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let tenant: StackTenant;
let openai: OpenAI;
let cat: Buffer;

beforeAll(async () => {
  stack = await openTestStack();
  tenant = await stack.tenant('others');
  openai = new OpenAI({ baseURL: `${stack.url}/v1`, apiKey: tenant.key, maxRetries: 0 });
  cat = await readFile('samples/emoji/noto/cat/cat.png');
});

afterAll(() => stack?.close());

const embed = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  tenant.fetch('/v1/embeddings', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

async function embedded(body: unknown): Promise<EmbeddingResponse> {
  const response = await embed(body);
  expect(response.status).toBe(200);
  return (await response.json()) as EmbeddingResponse;
}

describe('texts', () => {
  it('come 2,048 at a time, and each has the row it has alone', async () => {
    const input = Array.from({ length: 2048 }, (_, index) => `a picture of number ${index}`);
    const { data, usage } = await openai.embeddings.create({ model: 'nano-clip', input });
    expect(data.map(({ index }) => index)).toEqual(input.map((_, index) => index));
    expect(usage.total_tokens).toBeGreaterThan(2048 * 4);
    for (const index of [0, 127, 128, 2047]) {
      const { data: alone } = await embedded({ input: input[index] });
      expect(data[index]?.embedding).toEqual(alone[0]?.embedding);
    }
  });

  it('may be the ids of the model, and may not be those of another', async () => {
    const { default: tokenizer } = await import('../../gpu-worker/models/nano-clip/tokenizer.json', {
      with: { type: 'json' },
    });
    const vocabulary: Readonly<Record<string, number>> = tokenizer.model.vocab;
    const ids = ['a</w>', 'cat</w>'].map((token) => vocabulary[token]);
    const { data } = await embedded({ input: [ids, 'a cat'] });
    expect(data[0]?.embedding).toEqual(data[1]?.embedding);
    expect((await embedded({ input: ids })).data[0]?.embedding).toEqual(data[1]?.embedding);

    // "a picture of a cat" by OpenAI's cl100k_base.
    const foreign = await embed({ input: ['a dog', [64, 6945, 315, 264, 8415]] });
    expect(foreign.status).toBe(422);
    const problem = await foreign.json();
    expect(problem.errors).toEqual([
      { pointer: '/input/1', message: expect.stringContaining('check_embedding_ctx_length') },
    ]);
  });

  it('with nulls for what is left out are read as LiteLLM means them', async () => {
    const nulls = { encoding_format: null, user: null, dimensions: null };
    const { data } = await embedded({ model: 'nano-clip', input: ['a'], ...nulls });
    expect(data[0]?.embedding).toHaveLength(256);
  });

  it('fail alone where that is asked for, else by name', async () => {
    const input = ['a dog', [999_999], { image: 'aaaa' }, 'a cat'];
    const all = await embed({ input });
    expect(all.status).toBe(422);
    expect((await all.json()).errors[0].pointer).toMatch(/^\/input\/[12]/);
    const { data, errors } = await embedded({ input, onError: 'item' });
    expect(data.map(({ index }) => index)).toEqual([0, 3]);
    expect(errors?.map(({ index, error }) => [index, error.code])).toEqual([
      [1, 'invalid-request'],
      [2, 'unreadable-picture'],
    ]);
  });
});

describe('a data: URL', () => {
  it('is a picture, as image, url or text', async () => {
    const base64 = cat.toString('base64');
    const dataUrl = `data:image/png;base64,${base64}`;
    const input = [{ image: base64 }, { image: dataUrl }, { url: dataUrl }, dataUrl];
    const { data } = await embedded({ input });
    for (const { embedding } of data) expect(embedding).toEqual(data[0]?.embedding);
    const answer = await tenant.client.classifications.create({
      labels: ['cat', 'pizza'],
      inputs: [{ image: dataUrl }, { url: dataUrl }],
    });
    expect(answer.results).toMatchObject([{ label: 'cat' }, { label: 'cat' }]);
    const broken = await embed({ input: ['a', 'data:image/png;base64,%%%'] });
    expect((await broken.json()).errors).toEqual([{ pointer: '/input/1', message: 'not base64' }]);
  });
});

describe('an error', () => {
  it("has OpenAI's shape for OpenAI's clients, with the input named", async () => {
    const failed = await openai.embeddings
      .create({ model: 'nano-clip', input: ['a', ''] })
      .catch((error: unknown) => error);
    if (!(failed instanceof OpenAI.UnprocessableEntityError)) throw failed;
    expect(failed).toMatchObject({ status: 422, param: 'input[1]', code: 'invalid-request' });
    expect(failed.type).toBe('invalid_request_error');
    expect(failed.message).toMatch(/input\[1\]/);
    const stranger = new OpenAI({ baseURL: `${stack.url}/v1`, apiKey: 'icm_dev_none', maxRetries: 0 });
    const unknown = await stranger.embeddings
      .create({ model: 'nano-clip', input: 'a' })
      .catch((error: unknown) => error);
    expect(unknown).toMatchObject({ status: 401, code: 'unauthenticated', type: 'authentication_error' });
  });

  it('is a problem document for everybody else', async () => {
    const response = await embed({ input: 5 });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const told = await embed({ input: 5 }, { 'user-agent': 'OpenAI/Python 2.1.0' });
    expect(await told.json()).toEqual({
      error: {
        message: expect.stringContaining('input: expected'),
        type: 'invalid_request_error',
        param: 'input',
        code: 'invalid-request',
      },
    });
  });
});

/** Public reports of people who run such services, tried here. */
describe('as reported elsewhere', () => {
  const url = () => `data:image/png;base64,${cat.toString('base64')}`;

  it('vllm #6174, lm-studio #756: a client that asks for base64 alone gets numbers that it can read', async () => {
    const { data } = await openai.embeddings.create({ model: 'nano-clip', input: ['a cat', 'a dog'] });
    const floats = await embedded({ input: ['a cat', 'a dog'], encoding_format: 'float' });
    expect(data.map(({ embedding }) => embedding.map(Math.fround))).toEqual(
      floats.data.map(({ embedding }) => [...embedding].map((value) => Math.fround(Number(value)))),
    );
  });

  it('FastChat #2281: a format that is not known is refused with those that are', async () => {
    const problem = await (await embed({ input: 'a', encoding_format: 'md5' })).json();
    expect(problem.errors).toEqual([
      { pointer: '/encoding_format', message: expect.stringMatching(/float.*base64/) },
    ]);
  });

  it('infinity #98, #391: one text alone, and a data: URL among texts', async () => {
    expect((await embedded({ input: 'a cat' })).data).toHaveLength(1);
    expect((await embedded({ input: ['a cat', url()] })).data).toHaveLength(2);
  });

  it('infinity #541: an address without /v1 is told what it lacks', async () => {
    const stray = new OpenAI({ baseURL: stack.url, apiKey: tenant.key, maxRetries: 0 });
    const failed = await stray.embeddings.create({ model: 'a', input: 'a' }).catch((error: unknown) => error);
    expect(String(failed)).toContain('404');
    const told = await tenant.fetch('/embeddings', { method: 'POST', body: '{}' });
    expect((await told.json()).detail).toContain('Did you mean /v1/embeddings?');
  });

  it('openai/CLIP #187, SimpleTuner #760: a text beyond the context is answered, and marked as cut', async () => {
    const { data } = await embedded({ input: ['a cat', 'a very long story about a cat '.repeat(20)] });
    expect(data.map((item) => 'truncated' in item)).toEqual([false, true]);
  });

  it('mteb #2634, openai-openapi #285: an empty text is named, dimensions may be null', async () => {
    const empty = await embed({ input: ['a', ''], dimensions: null });
    expect((await empty.json()).errors[0].pointer).toBe('/input/1');
  });

  it('litellm #42421: a width that the model does not have is refused, not answered with another', async () => {
    const problem = await (await embed({ input: 'a', dimensions: 64 })).json();
    expect(problem.errors).toEqual([{ pointer: '/dimensions', message: expect.stringContaining('256') }]);
  });

  it('vllm and LiteLLM: parts of a message stand for texts and pictures', async () => {
    const part = { type: 'image_url', image_url: { url: url(), detail: null } };
    const { data } = await embedded({ input: [part, { type: 'text', text: 'a cat' }, url(), 'a cat'] });
    expect(data[0]?.embedding).toEqual(data[2]?.embedding);
    expect(data[1]?.embedding).toEqual(data[3]?.embedding);
  });

  it('anomalib #3058, lora-training #9: .JPG is a picture, and pictures outside any folder are listed', async () => {
    await tenant.client.datasets.create({ name: 'reported' });
    const jpeg = await readFile('test/fixtures/images/photo.jpg');
    const archive = writeTar([
      { path: 'site/cat/IMG_6003.JPG', data: new Uint8Array(jpeg) },
      { path: 'IMG_6004.JPG', data: new Uint8Array(jpeg) },
    ]);
    const result = await tenant.client.datasets.uploadArchive('reported', await archive);
    expect(result).toMatchObject({ added: 1, skipped: [{ path: 'IMG_6004.JPG' }] });
  });

  it('Qwen3-VL #202, ragflow #9474: a data: URL is a picture whatever type it names, or none; one that is broken is no text', async () => {
    const base64 = cat.toString('base64');
    const kinds = ['image/png;charset=utf-8', 'image/jpeg', 'application/octet-stream', '', 'IMAGE/PNG'];
    const input = kinds.map((kind) => `data:${kind};base64,${base64}`);
    const { data } = await embedded({ input: [url(), ...input] });
    for (const { embedding } of data) expect(embedding).toEqual(data[0]?.embedding);
    for (const broken of ['data:image/svg+xml,<svg/>', 'data:image/png;base64', 'data:;base64,%%%']) {
      const refused = await embed({ input: ['a', broken] });
      expect((await refused.json()).errors).toEqual([{ pointer: '/input/1', message: 'not base64' }]);
    }
    expect((await embedded({ input: ['data: what a picture is made of'] })).usage.total_tokens).toBeLessThan(
      20,
    );
  });

  it('validator.js #1424, openedai-vision #4, gngr #15: base64 in lines, without its end, in the alphabet of addresses', async () => {
    const plain = cat.toString('base64');
    const inLines = plain.replace(/.{76}/g, '$&\n');
    const forms = [inLines, `${plain}\r\n`, plain.replace(/=+$/, ''), cat.toString('base64url')];
    const escaped = `data:image/png;base64,${encodeURIComponent(plain)}`;
    const images = [plain, ...forms, `data:image/png;base64,${inLines}`, escaped].map((image) => ({ image }));
    const { data } = await embedded({ input: images });
    expect(data).toHaveLength(images.length);
    for (const { embedding } of data) expect(embedding).toEqual(data[0]?.embedding);
    const answer = await tenant.client.classifications.create({ labels: ['cat', 'pizza'], inputs: images });
    expect(answer.results.map((result) => 'label' in result && result.label)).toEqual(
      images.map(() => 'cat'),
    );
    const broken = await embed({ input: [{ image: 'a.b' }] });
    expect((await broken.json()).errors[0].pointer).toBe('/input/0/image');
  });

  it("xorbitsai/inference #2628, pgai #187: jina's {text} and {image}, which may be an address", async () => {
    const { data } = await embedded({
      input: [{ text: 'a cat' }, 'a cat', { image: cat.toString('base64') }],
    });
    expect(data[0]?.embedding).toEqual(data[1]?.embedding);
    const addressed = { image: 'http://127.0.0.1:1/cat.png' };
    const { errors } = await embedded({ input: ['a', addressed], onError: 'item' });
    expect(errors).toEqual([{ index: 1, error: expect.objectContaining({ code: 'unfetchable-url' }) }]);
  });

  it('ironclaw #3754, litellm #8350, neuron-ai #506: an address with too much is told what was meant', async () => {
    for (const path of ['/v1/v1/embeddings', '/v1//embeddings', '//v1/embeddings/', '/embeddings/']) {
      const told = await tenant.fetch(path, { method: 'POST', body: '{}' });
      expect(told.status).toBe(404);
      expect((await told.json()).detail).toContain('Did you mean /v1/embeddings?');
    }
  });

  it('sonar #434, ollama #4001, swama #87: a preflight needs no key, and allows one to be sent', async () => {
    const asked = { 'access-control-request-headers': 'authorization,x-stainless-timeout' };
    for (const path of ['/v1/models', '/v1/embeddings']) {
      const headers = { origin: 'http://page.test', 'access-control-request-method': 'GET', ...asked };
      const preflight = await fetch(stack.url + path, { method: 'OPTIONS', headers });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-headers')).toBe(
        asked['access-control-request-headers'],
      );
    }
  });

  it('cheshire-cat #1014: a request that names no model is answered by the default one', async () => {
    expect((await embedded({ input: 'a cat', model: null })).model).toBe('nano-clip');
  });

  it('openneuro #2519, torchvision #109, ultralytics/hub #89: what macOS adds to an archive makes no class, and is counted', async () => {
    await tenant.client.datasets.create({ name: 'from-a-mac' });
    const jpeg = new Uint8Array(await readFile('test/fixtures/images/photo.jpg'));
    const added = [
      './site/.DS_Store',
      './site/cat/._1.jpg',
      './__MACOSX/site/cat/._1.jpg',
      './.git/cat/1.jpg',
    ];
    const archive = await writeTar([
      { path: './site/cat/1.jpg', data: jpeg },
      ...added.map((path) => ({ path, data: jpeg })),
    ]);
    const result = await tenant.client.datasets.uploadArchive('from-a-mac', archive);
    expect(result).toEqual({ added: 1, unchanged: 0, skipped: [], hidden: 4 });
    const { environments, classes } = await tenant.client.datasets.get('from-a-mac');
    expect([environments, classes].map((names) => names.map(({ name }) => name))).toEqual([
      ['site'],
      ['cat'],
    ]);
  });

  it('openai-python: models are listed, and one that is not there is an error of its own shape', async () => {
    const names = [];
    for await (const { id } of openai.models.list()) names.push(id);
    expect(names).toContain('nano-clip');
    const missing = await openai.models.retrieve('no-such-model').catch((error: unknown) => error);
    expect(missing).toMatchObject({ status: 404, code: 'not-found', type: 'invalid_request_error' });
  });
});

describe('an artefact', () => {
  it('is had as safetensors and as an ONNX head, each with an ETag of its own', async () => {
    const { projections } = tenant.client;
    await projections.upload('small', new Uint8Array(await smallArtefact()));
    const onnx = await projections.download('small', { format: 'onnx', mode: 'profiled' });
    const session = await InferenceSession.create(onnx);
    expect([...session.inputNames, ...session.outputNames]).toEqual([
      'embedding',
      'mean',
      'probabilities',
      'scores',
    ]);
    const tensors = await projections.download('small', { format: 'safetensors' });
    expect(new TextDecoder().decode(tensors.subarray(8, 40))).toContain('{"__metadata__"');
    const path = '/v1/projections/small/artefact';
    const tags = await Promise.all(
      ['', '?format=onnx', '?format=onnx&mode=profiled', '?format=safetensors'].map(async (query) => {
        const response = await tenant.fetch(path + query);
        const etag = response.headers.get('etag') ?? '';
        await response.body?.cancel();
        const again = await tenant.fetch(path + query, { headers: { 'if-none-match': etag } });
        expect(again.status).toBe(304);
        return etag;
      }),
    );
    expect(new Set(tags).size).toBe(4);
    const none = await tenant.fetch(`${path}?format=onnx&head=probe`);
    expect(await none.json()).toMatchObject({ status: 422, errors: [{ pointer: '/query/head' }] });
  });
});

describe('a form', () => {
  const send = async (fields: readonly (readonly [string, string])[], query = '') => {
    const form = new FormData();
    form.append('image', new Blob([new Uint8Array(cat)], { type: 'image/png' }), 'cat.png');
    for (const [name, value] of fields) form.append(name, value);
    const response = await tenant.fetch(`/v1/classifications${query}`, { method: 'POST', body: form });
    return { status: response.status, body: await response.json() };
  };

  it('may hold the options, which go before those of the query', async () => {
    const { status, body } = await send(
      [
        ['topK', '1'],
        ['labels', 'cat'],
        ['labels', 'pizza'],
      ],
      '?topK=2&labels=ant&labels=bear',
    );
    expect(status).toBe(200);
    expect(body.results[0].predictions).toEqual([expect.objectContaining({ label: 'cat' })]);
  });

  it('is refused with an option, or a file, that is not known', async () => {
    const option = await send([['top_k', '1']], '?labels=cat&labels=dog');
    expect(option).toMatchObject({ status: 422, body: { errors: [{ pointer: '/form' }] } });
    expect(option.body.errors[0].message).toContain('top_k');
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(cat)]), 'cat.png');
    const file = await tenant.fetch('/v1/classifications?labels=cat&labels=dog', {
      method: 'POST',
      body: form,
    });
    expect((await file.json()).errors).toEqual([
      { pointer: '/form/file', message: expect.stringContaining('"image"') },
    ]);
  });
});
