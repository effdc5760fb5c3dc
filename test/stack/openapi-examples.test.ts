// The API's description taken at its word: every operation of the document that the stack serves is sent, with the document's own
// example where it has one, and answered with a documented status and a body of the documented schema.

import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTar } from '#client/tar.ts';
import { BatchAccepted, BatchLink } from '#shared/contracts/batch.ts';
import { createOpenApiDocument } from '../../edge/http/openapi/document.ts';
import { routeTable } from '../../edge/routes/route-table.ts';
import { copyModel, temporaryDirectory } from '../gpu-worker/support/model-copies.ts';
import { samplePicture } from '../support/pictures.ts';
import { openTestStack, type StackTenant, type TestStack, whileWorkersStand } from '../support/stack.ts';

type Content = Readonly<Record<string, { readonly example?: unknown }>>;
type Operation = {
  readonly operationId: string;
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
};
/** One way to send one operation. */
type Call = {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
  readonly contentType: string | undefined;
};

const document: { readonly paths: Record<string, Record<string, Operation>> } = JSON.parse(
  createOpenApiDocument(routeTable),
);
const calls = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.entries(operations).flatMap(([method, operation]) => {
    const types = Object.keys(operation.requestBody?.content ?? {});
    const call = { method: method.toUpperCase(), path, operation };
    return (types.length === 0 ? [undefined] : types).map((contentType) => ({ ...call, contentType }));
  }),
);
const nameOf = ({ method, path, contentType }: Call) => [method, path, contentType].filter(Boolean).join(' ');

const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(document, 'api');

let stack: TestStack;
let tenant: StackTenant;
let models: Awaited<ReturnType<typeof temporaryDirectory>>;
let artefact: Uint8Array<ArrayBuffer>;
let fitJob: string;
/** Of calls that were made to have something for the others. */
const answered = new Map<string, Response>();
let made = 0;

beforeAll(async () => {
  models = await temporaryDirectory();
  for (const name of ['nano-clip', 'someone/nano-clip']) await copyModel(join(models.path, name));
  stack = await openTestStack({ modelsDirectory: models.path });
  expect(await (await fetch(`${stack.url}/openapi.json`)).json()).toEqual(document);
  tenant = await stack.tenant('literal', { concurrentJobs: 100 });
  await answerFirst('POST', '/v1/datasets');
  const { datasets, jobs, projections } = tenant.client;
  await datasets.create({ name: 'camera-traps-autumn' });
  for (const dataset of ['camera-traps', 'camera-traps-autumn'])
    await datasets.uploadArchive(dataset, await tree());
  await answerFirst('POST', '/v1/projections');
  fitJob = (await jobs.all())[0]?.id ?? '';
  await jobs.wait(fitJob);
  artefact = await projections.download('camera-traps');
  await answerFirst('POST', '/v1/evaluations');
});

afterAll(async () => {
  await stack?.close();
  await models?.[Symbol.asyncDispose]();
});

function tree(): Promise<Blob> {
  return writeTar(
    ['noto', 'twemoji'].flatMap((environment) =>
      ['bear', 'mouse'].map((label) => ({
        path: `${environment}/${label}/${label}.png`,
        data: samplePicture(environment, label),
      })),
    ),
  );
}

async function answerFirst(method: string, path: string): Promise<void> {
  const call = calls.find((candidate) => candidate.method === method && candidate.path === path);
  if (call === undefined) throw new Error(`the document has no ${method} ${path}`);
  answered.set(nameOf(call), await send(call));
}

/** What stands for each parameter of a path: of what a call takes away, something that nothing else needs. */
const parameters: Readonly<Record<string, (call: Call) => Promise<string> | string>> = {
  dataset: ({ method, path }) =>
    method === 'DELETE' && path === '/v1/datasets/{dataset}' ? ownDataset() : 'camera-traps',
  item: async () => (await tenant.client.datasets.items('camera-traps').all())[0]?.id ?? '',
  projection: ({ method, path }) => {
    if (path.endsWith('/rollback')) return movedProjection();
    if (path.endsWith('/shadow')) return shadowedProjection(method === 'PUT');
    return method === 'DELETE' ? ownProjection() : 'camera-traps@1';
  },
  name: () => ownProjection(),
  job: ({ method }) => (method === 'PATCH' ? ownRefit() : fitJob),
  evaluation: async () => (await tenant.client.evaluations.all())[0]?.id ?? '',
  key: async () => (await tenant.client.keys.create({ name: 'for an example' })).id,
  tenant: ({ path }) => (path.startsWith('/v1/admin/deletions/') ? deletedTenant() : ownTenant()),
  code: () => 'conflict',
  environment: ({ path }) => (path.endsWith('/adopt') ? watchedEnvironment() : ownEnvironment()),
  batch: ownBatch,
  link: ownLink,
  webhook: async () => (await tenant.client.webhooks.create({ url: 'https://hooks.example.com/' })).id,
  correction: ownCorrection,
  owner: () => 'someone',
  model: () => 'nano-clip',
};

async function ownTenant(): Promise<string> {
  return (await stack.tenant('for an example')).id;
}

async function deletedTenant(): Promise<string> {
  const id = await ownTenant();
  await fetch(`${stack.url}/v1/admin/tenants/${id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${stack.secrets.adminSecret}` },
  });
  return id;
}

async function ownDataset(): Promise<string> {
  return (await tenant.client.datasets.create({ name: `own-${++made}` })).id;
}

/** Of two pictures, so that one may be taken away. */
/** As many pictures as a profile needs have named it. */
async function watchedEnvironment(): Promise<string> {
  const environment = await ownEnvironment();
  const image = Buffer.from(samplePicture('noto', 'cat')).toString('base64');
  const inputs = Array.from({ length: 16 }, () => ({ image }));
  await tenant.client.classifications.create({ projection: 'camera-traps@1', environment, inputs });
  return environment;
}

async function ownEnvironment(): Promise<string> {
  const name = `own ${++made}`;
  const image = Buffer.from(samplePicture('noto', 'cat')).toString('base64');
  const response = await tenant.fetch('/v1/environments', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, inputs: [{ image }, { image }] }),
  });
  if (!response.ok) throw new Error(await response.text());
  return name;
}

/** Of plain CLIP, and at its end. */
async function ownBatch(): Promise<string> {
  const response = await tenant.fetch('/v1/classifications/batch', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ from: { dataset: 'camera-traps' }, labels: ['bear', 'mouse'] }),
  });
  const { job, batch } = BatchAccepted.parse(await response.json());
  await tenant.client.jobs.wait(job.id);
  return batch.id;
}

async function ownLink(): Promise<string> {
  const response = await tenant.fetch(`/v1/classifications/batch/${await ownBatch()}/link`, {
    method: 'POST',
  });
  return (
    BatchLink.parse(await response.json())
      .path.split('/')
      .at(-1) ?? ''
  );
}

async function ownProjection(): Promise<string> {
  return (await tenant.client.projections.upload(`own-${++made}`, artefact)).name;
}

async function ownCorrection(): Promise<string> {
  const input = { image: Buffer.from(samplePicture('noto', 'bear')).toString('base64') };
  const { items } = await tenant.client.corrections.add({
    projection: 'camera-traps@1',
    corrections: [{ input, label: 'bear', environment: 'noto' }],
  });
  return items[0]?.id ?? '';
}

/** Of two versions, so that there is one to go back to. */
async function movedProjection(): Promise<string> {
  const name = await ownProjection();
  await tenant.client.projections.upload(name, artefact);
  return name;
}

/** With a candidate, which is asked beside the current version or is to be. */
async function shadowedProjection(isToBe: boolean): Promise<string> {
  const { projections } = tenant.client;
  const name = await ownProjection();
  await projections.upload(name, artefact, { release: 'candidate' });
  if (!isToBe) await projections.setShadow(name, 2);
  return name;
}

/** At work. */
async function ownRefit(): Promise<string> {
  return (await tenant.client.projections.refit('camera-traps@1', {})).job.id;
}

/** Without an example in the document: bytes of the kind, and the query that they need. */
const bodies: Readonly<Record<string, () => BodyInit | Promise<BodyInit>>> = {
  'image/*': () => samplePicture('noto', 'cat'),
  'application/x-tar': tree,
  'application/vnd.clip-icm.icm': () => artefact,
  'multipart/form-data': () => {
    const form = new FormData();
    form.append('image', new Blob([samplePicture('noto', 'cat')], { type: 'image/png' }));
    return form;
  },
};
const embedding = () => new Uint8Array(new Float32Array(256).fill(0.1).buffer);
const octets: Readonly<Record<string, () => BodyInit | Promise<BodyInit>>> = {
  '/v1/classifications': embedding,
  '/v1/environments': embedding,
  '/v1/environments/{environment}/additions': embedding,
  '/v1/environments/{environment}/removals': embedding,
  '/v1/datasets/{dataset}/items': () => samplePicture('noto', 'cat'),
  '/v1/datasets/{dataset}/archive': tree,
  '/v1/projections/artefacts': () => artefact,
};
const queries: Readonly<Record<string, () => string>> = {
  '/v1/classifications': () => '?projection=camera-traps@1',
  '/v1/projections/artefacts': () => '?name=uploaded',
  '/v1/environments': () => `?name=place-${++made}`,
};

async function send(call: Call): Promise<Response> {
  const { method, operation, contentType } = call;
  let path = call.path;
  for (const [placeholder, name = ''] of path.matchAll(/\{(\w+)\}/g)) {
    const make = parameters[name];
    if (make === undefined) throw new Error(`nothing stands for the parameter ${name}`);
    path = path.replace(placeholder, encodeURIComponent(await make(call)));
  }
  const isAdmin = operation.security.some((scheme) => 'adminSecret' in scheme);
  const credential = isAdmin ? stack.secrets.adminSecret : tenant.key;
  const headers: Record<string, string> = { authorization: `Bearer ${credential}` };
  // A form brings its own, with the boundary.
  if (contentType !== undefined && contentType !== 'multipart/form-data') {
    headers['content-type'] = contentType.replace('*', 'png');
  }
  const body = contentType === undefined ? null : await bodyOf(call, contentType);
  const query = method === 'GET' || contentType === 'application/json' ? '' : (queries[call.path]?.() ?? '');
  return fetch(`${stack.url}${path}${query}`, { method, headers, body, redirect: 'manual' });
}

function bodyOf({ operation, path }: Call, contentType: string): BodyInit | Promise<BodyInit> {
  if (contentType === 'application/json') {
    const example = operation.requestBody?.content[contentType]?.example;
    if (example === undefined) throw new Error('a JSON body has no example');
    return JSON.stringify(example);
  }
  const make = contentType === 'application/octet-stream' ? octets[path] : bodies[contentType];
  if (make === undefined) throw new Error(`no bytes for ${path} as ${contentType}`);
  return make();
}

describe.each(calls.map((call) => [nameOf(call), call] as const))('%s', (name, call) => {
  it('is answered as documented', async () => {
    const isForWork = call.method === 'PATCH' && call.path === '/v1/jobs/{job}';
    const sendNow = () => (isForWork ? whileWorkersStand(stack, () => send(call)) : send(call));
    const response = answered.get(name) ?? (await sendNow());
    const { [String(response.status)]: documented } = call.operation.responses;
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    const text = await response.text();
    expect(response.status, text).toBeLessThan(400);
    expect(Object.keys(documented?.content ?? {}), `${response.status} ${type}`).toEqual(
      documented?.content === undefined ? [] : [type],
    );
    if (type !== 'application/json' || call.path === '/openapi.json') return;
    const pointer = ['paths', call.path, call.method.toLowerCase(), 'responses', String(response.status)]
      .concat('content', type, 'schema')
      .map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
      .join('/');
    const validate = ajv.compile({ $ref: `api#/${encodeURI(pointer)}` });
    expect(validate(JSON.parse(text)), `${text}: ${ajv.errorsText(validate.errors)}`).toBe(true);
  });
});

describe('the example of a classification', () => {
  it('is answered with the label and the error that the document shows', async () => {
    const call = calls.find((candidate) => nameOf(candidate) === 'POST /v1/classifications application/json');
    if (call === undefined) throw new Error('the document has no classification');
    const shown = call.operation.responses[200]?.content?.['application/json']?.example;
    const got = await (await send(call)).json();
    const outcomes = ({ results }: { results: { label?: string; error?: { code: string } }[] }) =>
      results.map(({ label, error }) => label ?? error?.code);
    expect(outcomes(got)).toEqual(outcomes(shown as Parameters<typeof outcomes>[0]));
  });
});
