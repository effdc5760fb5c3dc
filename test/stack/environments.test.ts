// Profiles of environments through the real stack: made, added to by several at once, taken from, named in questions, from a
// dataset by a job; and what a projection of the first format says to them.

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClassificationResponse } from '#shared/contracts/classification.ts';
import { EnvironmentChanged, EnvironmentDetail, EnvironmentPage } from '#shared/contracts/environment.ts';
import { FitReport } from '#shared/contracts/fit-report.ts';
import { Job } from '#shared/contracts/job.ts';
import { samplePicture } from '../support/pictures.ts';
import { encodedPictures, openTestStack, type StackTenant, type TestStack } from '../support/stack.ts';

const concepts = ['cat', 'hamburger', 'tulip', 'whale', 'lemon', 'bread'];
const styles = ['noto', 'twemoji', 'fxemoji'];

let stack: TestStack;
let tenant: StackTenant;

beforeAll(async () => {
  stack = await openTestStack();
  tenant = await stack.tenant('watcher');
  await tenant.client.datasets.create({ name: 'emoji' });
  const tree = [...styles, 'emojione'].flatMap((environment) =>
    concepts.map((concept) => ({
      environment,
      class: concept,
      filename: `${concept}.png`,
      data: samplePicture(environment, concept),
    })),
  );
  await tenant.client.datasets.uploadTree('emoji', tree);
  const accepted = await tenant.client.projections.fit({
    name: 'emoji',
    datasets: ['emoji'],
    estimator: 'icm',
    lambda: 1,
    dimension: 64,
    interventions: ['invert'],
  });
  await tenant.client.jobs.wait(accepted.job.id);
});

afterAll(async () => {
  await stack?.close();
});

const picture = (style: string, concept: string) => ({
  image: Buffer.from(samplePicture(style, concept)).toString('base64'),
});

async function send(method: string, path: string, body?: unknown, headers = {}): Promise<Response> {
  return tenant.fetch(path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function changed(response: Response): Promise<EnvironmentChanged> {
  const body = await response.json();
  expect(response.status, JSON.stringify(body)).toBeLessThan(300);
  return EnvironmentChanged.parse(body);
}

async function classify(body: object) {
  const response = await send('POST', '/v1/classifications', body);
  return { status: response.status, body: await response.json() };
}

const monochrome = () => concepts.map((concept) => picture('emojione-monotone', concept));

describe('a profile', () => {
  it('is made from pictures without labels, and answers with a projection and without one', async () => {
    const made = await changed(
      await send('POST', '/v1/environments', { name: 'mono', inputs: monochrome() }),
    );
    expect(made).toMatchObject({ name: 'mono', pictures: 6, revision: 1, used: 6, failures: [] });
    const inputs = [picture('emojione-monotone', 'cat')];
    const encoded = await encodedPictures(stack);
    const plain = ClassificationResponse.parse((await classify({ projection: 'emoji', inputs })).body);
    const profiled = ClassificationResponse.parse(
      (await classify({ projection: 'emoji', environment: 'mono', inputs })).body,
    );
    expect(await encodedPictures(stack)).toBe(encoded);
    expect(plain.environment).toBeUndefined();
    expect(profiled.environment).toMatchObject({ name: 'mono', pictures: 6, revision: 1, mode: 'profiled' });
    expect(profiled.results).not.toEqual(plain.results);
    const ownLabels = await classify({
      projection: 'emoji',
      environment: 'mono',
      labels: ['a cat', 'a dog'],
      inputs,
    });
    expect(ownLabels.body).toMatchObject({ environment: { mode: 'profiled' } });
  });

  it('loses no addition of several at once, and counts a repeated request once', async () => {
    const before = EnvironmentDetail.parse(await (await send('GET', '/v1/environments/mono')).json());
    const inputs = [picture('emojione-monotone', 'cat')];
    await Promise.all(
      Array.from({ length: 8 }, async () =>
        changed(await send('POST', '/v1/environments/mono/additions', { inputs })),
      ),
    );
    const key = { 'idempotency-key': 'once-and-no-more' };
    for (let time = 0; time < 2; time++) {
      await changed(await send('POST', '/v1/environments/mono/additions', { inputs }, key));
    }
    const after = EnvironmentDetail.parse(await (await send('GET', '/v1/environments/mono')).json());
    expect(after.pictures - before.pictures).toBe(9);
    expect(after.revision - before.revision).toBe(9);
  });

  it('is taken from, but not below nothing', async () => {
    const inputs = Array.from({ length: 9 }, () => picture('emojione-monotone', 'cat'));
    const left = await changed(await send('POST', '/v1/environments/mono/removals', { inputs }));
    expect(left.pictures).toBe(6);
    const more = await send('POST', '/v1/environments/mono/removals', { inputs });
    expect(more.status).toBe(409);
  });

  it('lists what it could not use beside what it could', async () => {
    const inputs = [picture('noto', 'cat'), { image: Buffer.from('no picture').toString('base64') }];
    const made = await changed(await send('POST', '/v1/environments', { name: 'half', inputs }));
    expect(made).toMatchObject({
      used: 1,
      pictures: 1,
      failures: [{ index: 1, code: 'unreadable-picture' }],
    });
    const none = await send('POST', '/v1/environments', { name: 'none', inputs: inputs.slice(1) });
    expect(none.status).toBe(422);
    expect((await send('GET', '/v1/environments/none')).status).toBe(404);
  });

  it('comes in every form of a classification', async () => {
    const form = new FormData();
    for (const concept of concepts.slice(0, 3)) {
      form.append('image', new Blob([new Uint8Array(samplePicture('noto', concept))]), `${concept}.png`);
    }
    const made = await tenant.fetch('/v1/environments?name=by%20form', { method: 'POST', body: form });
    expect(await changed(made)).toMatchObject({ name: 'by form', pictures: 3 });
    const floats = new Float32Array(256).fill(1 / 16);
    const added = await tenant.fetch('/v1/environments/by%20form/additions', {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: floats,
    });
    expect(await changed(added)).toMatchObject({ pictures: 4, revision: 2 });
    const nameless = await tenant.fetch('/v1/environments', { method: 'POST', body: form });
    expect(nameless.status).toBe(422);
  });

  it('is made from an environment of a dataset by a job, and added to by another', async () => {
    const from = { dataset: 'emoji', environment: 'emojione' };
    const accepted = await send('POST', '/v1/environments', { name: 'camera', from });
    expect(accepted.status).toBe(202);
    const job = Job.parse(((await accepted.json()) as { job: unknown }).job);
    expect(job).toMatchObject({ kind: 'profile', subjectId: 'camera' });
    await tenant.client.jobs.wait(job.id);
    const made = EnvironmentDetail.parse(await (await send('GET', '/v1/environments/camera')).json());
    expect(made).toMatchObject({ pictures: concepts.length, revision: 1 });
    const again = await send('POST', '/v1/environments/camera/additions', { from });
    await tenant.client.jobs.wait(Job.parse(((await again.json()) as { job: unknown }).job).id);
    const added = EnvironmentDetail.parse(await (await send('GET', '/v1/environments/camera')).json());
    expect(added).toMatchObject({ pictures: 2 * concepts.length, revision: 2 });
    const empty = await send('POST', '/v1/environments', {
      name: 'x',
      from: { ...from, environment: 'none' },
    });
    const failing = Job.parse(((await empty.json()) as { job: unknown }).job);
    await expect(tenant.client.jobs.wait(failing.id)).rejects.toThrow(/no pictures of the environment none/);
  });

  it('says how it looks to a projection', async () => {
    const detail = EnvironmentDetail.parse(
      await (await send('GET', '/v1/environments/camera?projection=emoji')).json(),
    );
    expect(detail.fit).toMatchObject({
      projection: { name: 'emoji', version: 1 },
      heads: [{ head: 'zero-shot', mode: 'profiled' }],
    });
  });

  it('can be one of the sources of a projection, by its name', async () => {
    const inputs = [picture('noto', 'cat')];
    const { body } = await classify({ projection: 'emoji', environment: 'emoji:noto', inputs });
    expect(body).toMatchObject({
      environment: { name: 'emoji:noto', revision: 0, pictures: concepts.length, mode: 'profiled' },
    });
    expect((await classify({ projection: 'emoji', environment: 'emoji:nowhere', inputs })).status).toBe(404);
    const shown = await send('GET', '/v1/environments/emoji%3Anoto?projection=emoji');
    const source = EnvironmentDetail.parse(await shown.json());
    expect(source).toMatchObject({ name: 'emoji:noto', revision: 0, pictures: concepts.length });
    const own = source.fit?.heads[0]?.distances.find(({ source: name }) => name === 'noto');
    expect(own?.kept).toBeLessThan(0);
    expect((await send('GET', '/v1/environments/emoji%3Anowhere')).status).toBe(404);
    expect((await send('DELETE', '/v1/environments/emoji%3Anoto')).status).toBe(422);
  });

  it('centres plain CLIP where that is asked for, once there is enough to go by', async () => {
    const question = { labels: ['cat', 'tulip'], inputs: [picture('emojione-monotone', 'cat')] };
    const few = await classify({ ...question, environment: 'mono', reference: 'none' });
    expect(few).toMatchObject({ status: 422, body: { code: 'too-few-samples' } });
    const shrunk = await classify({ ...question, environment: 'mono' });
    expect(shrunk.body).toMatchObject({ environment: { name: 'mono', mode: 'profiled' } });
    const plain = await classify(question);
    expect(shrunk.body.results).not.toEqual(plain.body.results);
  });

  it('is refused where it is not there, or not of the model', async () => {
    const inputs = [picture('noto', 'cat')];
    expect((await classify({ projection: 'emoji', environment: 'nowhere', inputs })).status).toBe(404);
    const database = await stack.miniflare.getD1Database('DB');
    await database.prepare("UPDATE environments SET model_id = 'another' WHERE name = 'half'").run();
    const other = await classify({ projection: 'emoji', environment: 'half', inputs });
    expect(other).toMatchObject({ status: 422, body: { code: 'model-mismatch' } });
  });

  it('is no business of a projection of the first format, which answers as it did', async () => {
    const file = await readFile(new URL('../fixtures/artefacts/first.icm', import.meta.url));
    await tenant.client.projections.upload('old', new Blob([new Uint8Array(file)]));
    const embedding = Array.from({ length: 5 }, (_, index) => index + 1);
    const question = { projection: 'old', inputs: [{ embedding }] };
    expect((await classify(question)).body).toMatchObject({ results: [{ index: 0 }] });
    const refused = await classify({ ...question, environment: 'mono' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict' } });
  });

  it('is listed, and forgotten when it is deleted', async () => {
    const listed = EnvironmentPage.parse(await (await send('GET', '/v1/environments')).json());
    expect(listed.items.map(({ name }) => name)).toContain('camera');
    expect((await send('DELETE', '/v1/environments/camera')).status).toBe(204);
    expect((await send('DELETE', '/v1/environments/camera')).status).toBe(404);
    const inputs = [picture('noto', 'cat')];
    expect((await classify({ projection: 'emoji', environment: 'camera', inputs })).status).toBe(404);
  });
});

describe('an evaluation', () => {
  it('takes the profile of an environment', async () => {
    const { job, evaluation } = await tenant.client.evaluations.create({
      projection: 'emoji',
      datasets: ['emoji'],
      environment: 'mono',
    });
    await tenant.client.jobs.wait(job.id);
    const done = await tenant.client.evaluations.get(evaluation.id);
    expect(done).toMatchObject({ environment: 'mono', status: 'succeeded' });
    expect(done.report?.pictures).toBe(4 * concepts.length);
  });
});

describe('a fit', () => {
  const ask = (request: object) =>
    send('POST', '/v1/projections', { name: 'checked', datasets: ['emoji'], ...request });

  it('without edits encodes each picture once, and says what it chose in both modes', async () => {
    const encoded = await encodedPictures(stack);
    const { job } = await tenant.client.projections.fit({
      name: 'bare',
      datasets: ['emoji'],
      interventions: [],
      heads: ['zero-shot', 'probe'],
    });
    await tenant.client.jobs.wait(job.id);
    expect((await encodedPictures(stack)) - encoded).toBe(4 * concepts.length);
    const report = FitReport.parse(await (await send('GET', '/v1/projections/bare/selection')).json());
    expect(report.interventions).toEqual([]);
    expect(report.edits).toBeUndefined();
    for (const head of report.heads) {
      expect(head.profiled.reason).not.toBe('');
      expect(head.unprofiled.estimate).toBeDefined();
    }
    const inputs = [picture('emojione-monotone', 'cat')];
    for (const head of ['zero-shot', 'probe']) {
      const { body } = await classify({ projection: 'bare', environment: 'mono', head, inputs });
      expect(body).toMatchObject({ head, environment: { name: 'mono' } });
    }
  });

  it.each([
    [{ estimator: 'icm', dimension: 4096 }, '/dimension', /have 256 dimensions/],
    [{ lambda: 3 }, '/lambda', /`auto` sets λ itself/],
    [{ dimension: 64 }, '/dimension', /`auto` sets the dimension itself/],
    [{ estimator: 'soft', interventions: [] }, '/interventions', /at least one is needed/],
    [{ model: 'no-such-model' }, '/model', /./],
  ])('that cannot end well is refused before a picture is encoded: %j', async (request, pointer, message) => {
    const encoded = await encodedPictures(stack);
    const response = await ask(request);
    const body = (await response.json()) as { errors?: { pointer: string; message: string }[] };
    expect(response.status).toBe(422);
    expect(body.errors?.[0]?.pointer).toBe(pointer);
    expect(body.errors?.[0]?.message).toMatch(message);
    expect(await encodedPictures(stack)).toBe(encoded);
  });
});
