// One object of each kind that routes have in their paths, owned by a given tenant, so that another tenant can be
// refused it. A route with a new kind of parameter needs a maker here; the authorisation suite says so.

import { readFile } from 'node:fs/promises';
import { Dataset, DatasetItem } from '#shared/contracts/dataset.ts';
import { FitAccepted } from '#shared/contracts/projection.ts';
import type { Edge } from './edge.ts';
import type { TestTenant } from './edge-callers.ts';

/** Gets the parameters that stand before its own in the path. */
type Maker = (edge: Edge, owner: TestTenant, before: Readonly<Record<string, string>>) => Promise<string>;

/** By the parameter's name in the path. */
const objectMakers: Readonly<Record<string, Maker>> = {
  key: async (_edge, owner) => owner.keyId,
  dataset: async (_edge, owner) => (await makeDataset(owner)).id,
  item: makeItem,
  projection: async (edge, owner) => (await startFit(edge, owner)).projection.id,
  name: async (edge, owner) => (await startFit(edge, owner)).projection.name,
  job: async (edge, owner) => (await startFit(edge, owner)).job.id,
  evaluation: makeEvaluation,
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

/** Without a worker the fit waits; it has its job and projection all the same. */
async function startFit(edge: Edge, owner: TestTenant): Promise<FitAccepted> {
  const dataset = await makeDataset(owner);
  await upload(edge, owner, dataset.id);
  const response = await owner.send('POST', '/v1/projections', {
    name: `of-${dataset.name}`,
    datasets: [dataset.id],
  });
  return FitAccepted.parse(await response.json());
}

/** Put into the database, since evaluating needs a finished fit. */
async function makeEvaluation(edge: Edge, owner: TestTenant): Promise<string> {
  made += 1;
  const id = `evl_${String(made).padStart(24, '0')}`;
  const subject = { projection: { id: 'prj_0', name: 'none', version: 1 }, datasets: [] };
  const database = await edge.miniflare.getD1Database('DB');
  await database
    .prepare(
      `INSERT INTO evaluations (tenant_id, id, job_id, status, subject, created_at)
       VALUES (?, ?, 'job_0', 'running', ?, 0)`,
    )
    .bind(owner.id, id, JSON.stringify(subject))
    .run();
  return id;
}
