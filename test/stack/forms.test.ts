// Every form in which pictures, embeddings and options reach the service, through the real stack: bodies of all kinds, addresses,
// hashes, heads, labels at request time, archives and imports.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTar } from '#client/tar.ts';
import type { ClassificationResponse, ClassificationResult } from '#shared/contracts/classification.ts';
import { sha256Hex, toBase64 } from '#shared/digest.ts';
import { openPictureSite, type PictureSite, siteNetwork } from '../support/picture-site.ts';
import { brokenPicture, samplePicture, withComment } from '../support/pictures.ts';
import { openTestStack, type StackTenant, type TestStack, workerCount } from '../support/stack.ts';

const concepts = ['cat', 'hamburger', 'tulip', 'whale'];
const heads = ['zero-shot', 'probe', 'wise'] as const;

let stack: TestStack;
let site: PictureSite;
let tenant: StackTenant;

beforeAll(async () => {
  site = await openPictureSite();
  stack = await openTestStack({ workerEnvironment: { ICM_FETCH_ALLOW: siteNetwork } });
  tenant = await stack.tenant('in every form');
  await tenant.client.datasets.create({ name: 'emoji' });
  await tenant.client.datasets.uploadArchive('emoji', await writeTar(treeOf(['noto', 'twemoji', 'fxemoji'])));
  const { job } = await tenant.client.projections.fit({
    name: 'emoji',
    datasets: ['emoji'],
    estimator: 'soft',
    lambda: 1,
    heads: [...heads],
  });
  await tenant.client.jobs.wait(job.id);
});

afterAll(async () => {
  await stack?.close();
  await site?.close();
});

function treeOf(styles: readonly string[]) {
  return styles.flatMap((style) =>
    concepts.map((concept) => ({
      path: `${style}/${concept}/${concept}.png`,
      data: samplePicture(style, concept),
    })),
  );
}

/** The one result of an answer, which must be good. */
function only({ results }: ClassificationResponse) {
  const [result] = results;
  if (result === undefined || 'error' in result) throw new Error(JSON.stringify(result));
  return result;
}

const outcome = (result: ClassificationResult) => ('error' in result ? result.error.code : result.label);

describe('a classification', () => {
  it('is the same for every form of the same picture', async () => {
    const { classifications, embeddings } = tenant.client;
    const picture = samplePicture('emojione', 'tulip');
    const image = toBase64(picture);
    const { data } = await embeddings.create({ input: { image } });
    const embedding = data[0]?.embedding;
    if (!Array.isArray(embedding)) throw new Error('floats were asked for');
    const by = { projection: 'emoji' };
    const form = new FormData();
    form.append('image', new Blob([picture], { type: 'image/png' }), 'tulip.png');
    const sendForm = await tenant.fetch('/v1/classifications?projection=emoji', {
      method: 'POST',
      body: form,
    });
    const answers = {
      base64: await classifications.create({ ...by, inputs: [{ image }] }),
      address: await classifications.create({ ...by, inputs: [{ url: site.url('/emojione/tulip.png') }] }),
      redirect: await classifications.create({
        ...by,
        inputs: [{ url: site.url('/moved/emojione/tulip.png') }],
      }),
      raw: await classifications.picture(picture, by),
      form: (await sendForm.json()) as ClassificationResponse,
      hash: await classifications.create({ ...by, inputs: [{ sha256: await sha256Hex(picture) }] }),
      embedding: await classifications.create({ ...by, inputs: [{ embedding }] }),
      float32: await classifications.embeddings(Float32Array.from(embedding), by),
    };
    const reference = only(answers.base64);
    expect(reference.label).toBe('tulip');
    for (const [form, answer] of Object.entries(answers)) {
      const { label, predictions } = only(answer);
      expect(label, form).toBe(reference.label);
      for (const [rank, { probability }] of predictions.entries()) {
        expect(probability, form).toBeCloseTo(reference.predictions[rank]?.probability ?? Number.NaN, 4);
      }
    }
  });

  it('of 64 mixed inputs has an answer or an error for each, in order', async () => {
    const { data } = await tenant.client.embeddings.create({ input: 'a picture of a whale' });
    const embedding = data[0]?.embedding;
    if (!Array.isArray(embedding)) throw new Error('floats were asked for');
    const cat = samplePicture('noto', 'cat');
    const kinds = [
      { input: { image: toBase64(cat) }, expected: 'cat' },
      { input: { image: toBase64(brokenPicture()) }, expected: 'unreadable-picture' },
      { input: { url: site.url('/twemoji/hamburger.png') }, expected: 'hamburger' },
      { input: { url: site.url('/text') }, expected: 'unreadable-picture' },
      { input: { url: site.url('/escape') }, expected: 'unfetchable-url' },
      { input: { url: 'http://169.254.169.254/latest/meta-data' }, expected: 'unfetchable-url' },
      { input: { embedding }, expected: 'whale' },
      { input: { embedding: [1, 2, 3] }, expected: 'invalid-request' },
      { input: { sha256: await sha256Hex(samplePicture('fxemoji', 'tulip')) }, expected: 'tulip' },
      { input: { sha256: '0'.repeat(64) }, expected: 'not-found' },
    ];
    const all = Array.from({ length: 64 }, (_, index) => kinds[index % kinds.length] ?? kinds[0]);
    const inputs = all.flatMap((kind) => (kind === undefined ? [] : [kind.input]));
    const { results } = await tenant.client.classifications.create({ projection: 'emoji', inputs });
    expect(results.map(outcome)).toEqual(all.map((kind) => kind?.expected));
    expect(results.map(({ index }) => index)).toEqual(all.map((_, index) => index));
    const more = tenant.client.classifications.create({
      projection: 'emoji',
      inputs: [...inputs, { embedding }],
    });
    await expect(more).rejects.toMatchObject({ status: 422, problem: { errors: [{ pointer: '/inputs' }] } });
  });

  it('is made by the head that is asked for, with its own probabilities', async () => {
    const picture = samplePicture('emojione-monotone', 'cat');
    const answers = await Promise.all(
      heads.map((head) => tenant.client.classifications.picture(picture, { projection: 'emoji', head })),
    );
    expect(answers.map(({ head }) => head)).toEqual(heads);
    const probabilities = answers.map((answer) => only(answer).predictions.map((one) => one.probability));
    expect(new Set(probabilities.map((list) => list.join())).size).toBe(heads.length);
    for (const list of probabilities) expect(list.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
    const plain = tenant.client.classifications.picture(picture, { labels: ['cat'], head: 'probe' });
    await expect(plain).rejects.toMatchObject({ status: 422, problem: { errors: [{ pointer: '/head' }] } });
  });

  it('shows as many labels as asked for, and abstains below a probability', async () => {
    const picture = samplePicture('emojione', 'cat');
    const ask = (options: object) =>
      tenant.client.classifications.picture(picture, { projection: 'emoji', ...options });
    const [sure, two] = [only(await ask({ abstainBelow: 0 })), only(await ask({ topK: 2 }))];
    expect(sure.abstained).toBe(false);
    expect(two.predictions).toEqual(sure.predictions.slice(0, 2));
    expect(sure.predictions).toHaveLength(concepts.length);
    const labels = ['a kind of animal', 'a kind of plant', 'a kind of thing'];
    const [unsure, bold] = [
      only(await ask({ labels, abstainBelow: 1 })),
      only(await ask({ labels, abstainBelow: 0.3 })),
    ];
    expect(unsure.probability).toBeLessThan(1);
    expect(unsure).toMatchObject({ label: bold.label, abstained: true });
    expect(bold.abstained).toBe(false);
  });

  it('with other labels or templates embeds these texts once', async () => {
    const picture = samplePicture('emojione', 'whale');
    const labels = ['tiger', 'whale', 'lemon'];
    const ask = (options: object) =>
      tenant.client.classifications.picture(picture, { projection: 'emoji', ...options });
    const first = await ask({ labels });
    expect(first).toMatchObject({ servedBy: 'worker', head: 'zero-shot', projection: { name: 'emoji' } });
    expect(only(first).label).toBe('whale');
    const encoded = await workerCount(stack, 'icm_texts_encoded_total');
    const again = await ask({ labels });
    expect(again.servedBy).toBe('memory');
    expect(only(again).predictions).toEqual(only(first).predictions);
    expect(await workerCount(stack, 'icm_texts_encoded_total')).toBe(encoded);
    const templates = ['an icon of a {}', 'a drawing of a {}'];
    expect(await ask({ templates })).toMatchObject({ servedBy: 'worker' });
    expect(await workerCount(stack, 'icm_texts_encoded_total')).toBe(
      encoded + concepts.length * templates.length,
    );
  });
});

describe('an embedding', () => {
  it('by a projection has its length and lies where its classification says', async () => {
    const fitted = await tenant.client.projections.get('emoji');
    const length = fitted.heads?.[0]?.dimension ?? 0;
    const input = [{ image: toBase64(samplePicture('noto', 'cat')) }, 'a picture of a cat'];
    const { data } = await tenant.client.embeddings.create({ input, projection: 'emoji' });
    const [picture = [], text = []] = data.map(({ embedding }) => embedding as number[]);
    expect([picture.length, text.length]).toEqual([length, length]);
    const cosine = picture.reduce((sum, value, index) => sum + value * (text[index] ?? 0), 0);
    const answer = await tenant.client.classifications.picture(samplePicture('noto', 'cat'), {
      projection: 'emoji',
    });
    expect(only(answer).predictions[0]?.score).toBeCloseTo(cosine, 4);
    const wrong = tenant.client.embeddings.create({ input, projection: 'emoji', dimensions: length + 1 });
    await expect(wrong).rejects.toMatchObject({ status: 422 });
  });
});

describe('a dataset', () => {
  it('takes a tar as a stream, without what in it is no picture, and a second time changes nothing', async () => {
    const { datasets } = tenant.client;
    await datasets.create({ name: 'streamed' });
    const archive = await writeTar([
      ...treeOf(['noto']),
      { path: 'noto/notes/readme.txt', data: new TextEncoder().encode('hello') },
      { path: 'noto/cat/twice.png', data: samplePicture('noto', 'cat') },
    ]);
    const send = async () => {
      const response = await tenant.fetch('/v1/datasets/streamed/archive', {
        method: 'POST',
        headers: { 'content-type': 'application/x-tar' },
        body: archive.stream(),
        duplex: 'half',
      } as RequestInit);
      return response.json();
    };
    const skipped = [expect.objectContaining({ path: 'noto/notes/readme.txt', code: 'unreadable-picture' })];
    expect(await send()).toEqual({ added: concepts.length, unchanged: 1, skipped });
    expect(await send()).toEqual({ added: 0, unchanged: concepts.length + 1, skipped });
    expect((await datasets.get('streamed')).pictures).toBe(concepts.length);
  });

  it('lists its pictures page by page, and gives each back as it was sent', async () => {
    const { datasets } = tenant.client;
    const items = [];
    for await (const item of datasets.items('emoji').list({ limit: 5 })) items.push(item);
    expect(new Set(items.map(({ id }) => id)).size).toBe(3 * concepts.length);
    const item = items.find(({ environment, class: label }) => environment === 'noto' && label === 'cat');
    const content = await datasets.content('emoji', item?.id ?? '');
    expect(new Uint8Array(await content.arrayBuffer())).toEqual(samplePicture('noto', 'cat'));
  });

  it('imports by address what is public, and says of each other address what was wrong', async () => {
    const { datasets, jobs } = tenant.client;
    await datasets.create({ name: 'imported' });
    const good = ['/noto/cat.png', '/moved/noto/tulip.png'].map((path) => site.url(path));
    const bad = [
      ['unreadable-picture', site.url('/text')],
      ['unfetchable-url', site.url('/missing')],
      ['unfetchable-url', site.url('/escape')],
      ['unfetchable-url', 'http://10.0.0.1/secret.png'],
      ['unfetchable-url', 'http://[::ffff:7f00:2]/secret.png'],
    ];
    const addresses = [...good, ...bad.map(([, url = '']) => url)];
    const items = addresses.map((url) => ({ url, environment: 'web', class: 'thing' }));
    const job = await jobs.wait((await datasets.import('imported', { items })).id);
    expect(job.progress).toMatchObject({ done: addresses.length, failed: bad.length });
    const failures = (await jobs.get(job.id)).failures ?? [];
    expect(new Set(failures.map(({ code, subject }) => `${code} ${subject}`))).toEqual(
      new Set(bad.map((pair) => pair.join(' '))),
    );
    const imported = await datasets.items('imported').all();
    expect(imported.map(({ filename }) => filename).toSorted()).toEqual(['cat.png', 'tulip.png']);
    const hopeless = await datasets.import('imported', { items: items.slice(good.length) });
    await expect(jobs.wait(hopeless.id)).rejects.toMatchObject({
      job: { error: { code: 'unfetchable-url' } },
    });
  });

  it('stores a picture once for all the datasets of a tenant, until the last of them lets it go', async () => {
    const { datasets, classifications } = tenant.client;
    const picture = withComment(samplePicture('noto', 'whale'), 'shared by two datasets');
    const sha256 = await sha256Hex(picture);
    for (const name of ['one', 'two']) {
      await datasets.create({ name });
      await datasets.upload(name, picture);
    }
    const bucket = await stack.miniflare.getR2Bucket('BUCKET');
    const prefix = `t/${tenant.id}/pictures/${sha256}`;
    const stored = async () => (await bucket.list({ prefix })).objects.length;
    const ask = () => classifications.create({ projection: 'emoji', inputs: [{ sha256 }] });
    expect(await stored()).toBe(1);
    await datasets.delete('one');
    expect(await stored()).toBe(1);
    expect(only(await ask()).label).toBe('whale');
    await datasets.delete('two');
    expect(await stored()).toBe(0);
    await expect(ask()).rejects.toMatchObject({ status: 404 });
  });
});
