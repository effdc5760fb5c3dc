// One object of each kind that routes have in their paths, owned by a given tenant, so that another tenant can be
// refused it. A route with a new kind of parameter needs a maker here; the authorisation suite says so.

import { readFile } from 'node:fs/promises';
import { Dataset, DatasetItem } from '#shared/contracts/dataset.ts';
import { WebhookCreated } from '#shared/contracts/webhook.ts';
import type { Edge } from './edge.ts';
import type { TestTenant } from './edge-callers.ts';

/** Gets the parameters that stand before its own in the path. */
type Maker = (edge: Edge, owner: TestTenant, before: Readonly<Record<string, string>>) => Promise<string>;

/** By the parameter's name in the path. */
const objectMakers: Readonly<Record<string, Maker>> = {
  key: async (_edge, owner) => owner.keyId,
  dataset: async (_edge, owner) => (await makeDataset(owner)).id,
  item: makeItem,
  projection: async (edge, owner) => (await makeProjection(edge, owner)).id,
  name: async (edge, owner) => (await makeProjection(edge, owner)).name,
  job: makeJob,
  evaluation: makeEvaluation,
  environment: makeEnvironment,
  batch: makeBatch,
  correction: makeCorrection,
  webhook: makeWebhook,
};

let made = 0;

/** An object of the owner for every parameter of a path, in the path's order. */
export async function makeObjects(
  edge: Edge,
  owner: TestTenant,
  names: readonly string[],
): Promise<Record<string, string>> {
  const params: Record<string, string> = {};
  for (const name of names) {
    const make = objectMakers[name];
    if (make === undefined) throw new Error(`test/support/foreign-objects.ts makes no ${name}`);
    params[name] = await make(edge, owner, params);
  }
  return params;
}

export const objectKinds = Object.keys(objectMakers);

async function makeDataset(owner: TestTenant): Promise<Dataset> {
  made += 1;
  const response = await owner.send('POST', '/v1/datasets', { name: `dataset-${made}` });
  return Dataset.parse(await response.json());
}

async function makeItem(
  edge: Edge,
  owner: TestTenant,
  { dataset }: Readonly<Record<string, string>>,
): Promise<string> {
  return (await upload(edge, owner, dataset ?? (await makeDataset(owner)).id)).id;
}

async function upload(edge: Edge, owner: TestTenant, datasetId: string): Promise<DatasetItem> {
  const body = await readFile(new URL('../fixtures/images/small.png', import.meta.url));
  const headers = { ...owner.headers, 'content-type': 'image/png' };
  const response = await edge.fetch(`/v1/datasets/${datasetId}/items`, { method: 'POST', headers, body });
  return DatasetItem.parse(await response.json());
}

// What only a worker can make is put into the database: these tests run without one.

async function makeProjection(edge: Edge, owner: TestTenant): Promise<{ id: string; name: string }> {
  const id = `prj_${uniqueDigits()}`;
  const name = `projection-${made}`;
  await insert(edge, 'projections', {
    tenant_id: owner.id,
    id,
    name,
    version: 1,
    status: 'failed',
    datasets: '[]',
    created_at: 0,
  });
  await insert(edge, 'aliases', { tenant_id: owner.id, name, version: 1, updated_at: 0 });
  return { id, name };
}

async function makeJob(edge: Edge, owner: TestTenant): Promise<string> {
  const id = `job_${uniqueDigits()}`;
  await insert(edge, 'jobs', {
    tenant_id: owner.id,
    id,
    kind: 'import',
    status: 'succeeded',
    stage: 'done',
    input: '{}',
    heartbeat_at: 0,
    created_at: 0,
    updated_at: 0,
    finished_at: 0,
  });
  return id;
}

async function makeEvaluation(edge: Edge, owner: TestTenant): Promise<string> {
  const id = `evl_${uniqueDigits()}`;
  const subject = { projection: { id: 'prj_0', name: 'none', version: 1 }, datasets: [] };
  await insert(edge, 'evaluations', {
    tenant_id: owner.id,
    id,
    job_id: 'job_0',
    status: 'failed',
    subject: JSON.stringify(subject),
    created_at: 0,
  });
  return id;
}

async function makeBatch(edge: Edge, owner: TestTenant): Promise<string> {
  const id = `bat_${uniqueDigits()}`;
  const options = { strength: 1, reference: 'profiles', topK: 1, abstainBelow: 0, labels: ['cat'] };
  await insert(edge, 'batches', {
    tenant_id: owner.id,
    id,
    job_id: 'job_0',
    status: 'failed',
    subject: JSON.stringify({ dataset: { id: 'ds_0', name: 'none' }, options }),
    items: 1,
    created_at: Date.now(),
  });
  return id;
}

async function makeEnvironment(edge: Edge, owner: TestTenant): Promise<string> {
  const name = `environment-${uniqueDigits()}`;
  await insert(edge, 'environments', {
    tenant_id: owner.id,
    name,
    id: `env_${uniqueDigits()}`,
    model_id: 'nano-clip',
    model_revision: 'c'.repeat(64),
    pictures: 1,
    revision: 1,
    created_at: 0,
    updated_at: 0,
    sum: new Uint8Array(40).buffer,
    kept: new Uint8Array(0).buffer,
  });
  return name;
}

async function makeWebhook(_edge: Edge, owner: TestTenant): Promise<string> {
  const response = await owner.send('POST', '/v1/webhooks', { url: 'https://hooks.example.com/' });
  return WebhookCreated.parse(await response.json()).id;
}

async function makeCorrection(edge: Edge, owner: TestTenant): Promise<string> {
  const id = `cor_${uniqueDigits()}`;
  await insert(edge, 'corrections', {
    tenant_id: owner.id,
    id,
    name: `projection-${made}`,
    model_revision: 'c'.repeat(64),
    sha256: 'd'.repeat(64),
    environment: 'north',
    label: 'fox',
    created_at: 0,
    embedding: new Uint8Array(20).buffer,
  });
  return id;
}

async function insert(
  edge: Edge,
  table: string,
  row: Readonly<Record<string, string | number | ArrayBuffer>>,
): Promise<void> {
  const columns = Object.keys(row);
  const marks = columns.map(() => '?');
  const database = await edge.miniflare.getD1Database('DB');
  await database
    .prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks.join(', ')})`)
    .bind(...Object.values(row))
    .run();
}

function uniqueDigits(): string {
  made += 1;
  return String(made).padStart(24, '0');
}
