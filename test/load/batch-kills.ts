// Kills the whole stack twice, with SIGKILL, at random points of a batch, and compares every byte of its rows and its summary with
// those of a batch that was left alone.

import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '#client/client.ts';
import { formatTable } from '../../cli/terminal/output.ts';
import { uniform } from '../shared/math/random.ts';
import {
  datasetName,
  distinctPictures,
  type LoadTenant,
  makeTenant,
  temporaryDirectory,
  uploadPictures,
  waitForEnd,
} from './support/load-tenant.ts';
import { type LoadStack, openStack } from './support/open-stack.ts';

const kills = 2;
/** Taken over sooner than the default of half a minute. */
const staleSeconds = 12;
const bindings = { SHARD_MAX_ITEMS: '16', JOB_STALE_SECONDS: String(staleSeconds) };
const endTimeoutMs = 240_000;

type Options = { readonly trials: number; readonly seed: number; readonly pictures: number };

/** What is to be the same, and how often the job was run. */
type Outcome = {
  readonly rows: string;
  readonly summary: string;
  readonly status: string;
  readonly runs: number;
};

export async function killBatches({ trials, seed, pictures }: Options): Promise<boolean> {
  const random = uniform(seed);
  const stateDirectory = await temporaryDirectory();
  let stack = await openStack({ stateDirectory, bindings });
  // The first also warms up; its tenant's profile is made once for all.
  const material = async () => tenantWith(stack, pictures);
  await undisturbed(stack, await material());
  const calm = await undisturbed(stack, await material());
  process.stderr.write(`undisturbed: ${calm.seconds.toFixed(1)} s for ${pictures} pictures; seed ${seed}\n`);
  const lines: (string | number)[][] = [];
  for (let trial = 0; trial < trials; trial++) {
    let tenant = await material();
    const ids = await start(tenant);
    const points: string[] = [];
    for (let kill = 0; kill < kills; kill++) {
      await atWork(stack, tenant, ids.jobId, kill + 1);
      // In what is left of the work, most of the time: half of what it takes undisturbed.
      await delay(500 * random() * calm.seconds);
      points.push(whereIs(stack, ids.jobId));
      await stack.kill();
      stack = await openStack({ stateDirectory, bindings });
      tenant = { ...tenant, client: createClient({ url: stack.url, key: tenant.key }) };
    }
    const found = await outcomeOf(stack, tenant, ids);
    const same = (what: 'rows' | 'summary') => (found[what] === calm.outcome[what] ? 'same' : 'DIFFERS');
    lines.push([points.join(' + '), found.runs, found.status, same('rows'), same('summary')]);
    process.stderr.write(`${lines.at(-1)?.join('  ')}\n`);
  }
  await stack.close();
  const columns = ['killed at', 'runs', 'ended', 'rows', 'summary'];
  process.stdout.write(`\n${formatTable(columns, lines, 'no trials')}\n`);
  return lines.every(
    ([, , status, rows, summary]) => status === 'succeeded' && rows === 'same' && summary === 'same',
  );
}

async function tenantWith(stack: LoadStack, pictures: number): Promise<LoadTenant> {
  const tenant = await makeTenant(stack, 'batches');
  await uploadPictures(tenant, distinctPictures(pictures));
  const from = { dataset: datasetName, environment: 'noto' };
  const profile = await tenant.client.environments.createFromDataset({ name: 'noto' }, from);
  await waitForEnd(tenant.client, profile.id, endTimeoutMs);
  return tenant;
}

type Ids = { readonly batchId: string; readonly jobId: string };

/** Plain CLIP, each environment by its own profile where it has one. */
async function start({ client }: LoadTenant): Promise<Ids> {
  const { classes } = await client.datasets.get(datasetName);
  const { job, batch } = await client.classifyBatch({
    from: { dataset: datasetName },
    labels: classes.map(({ name }) => name),
    environments: 'by-item',
    topK: 3,
    abstainBelow: 0.2,
  });
  return { batchId: batch.id, jobId: job.id };
}

async function undisturbed(stack: LoadStack, tenant: LoadTenant) {
  const startedMs = performance.now();
  const ids = await start(tenant);
  const outcome = await outcomeOf(stack, tenant, ids);
  return { seconds: (performance.now() - startedMs) / 1000, outcome };
}

/** A stack killed again before its job is taken over would be killed in nobody's work. */
async function atWork(stack: LoadStack, { client }: LoadTenant, jobId: string, run: number): Promise<void> {
  for (;;) {
    // Whoever looks has a job without a sign of life taken over.
    const job = await client.jobs.get(jobId);
    if (attemptOf(stack, jobId) >= run || job.finishedAt !== undefined) return;
    await delay(200);
  }
}

function attemptOf(stack: LoadStack, jobId: string): number {
  return stack.rows<{ attempt: number }>(`SELECT attempt FROM jobs WHERE id = '${jobId}'`)[0]?.attempt ?? 0;
}

function whereIs(stack: LoadStack, jobId: string): string {
  const [row] = stack.rows<{ stage: string; done: number }>(
    `SELECT stage, done FROM jobs WHERE id = '${jobId}'`,
  );
  return row === undefined ? '' : `${row.stage} ${row.done}`;
}

async function outcomeOf(
  stack: LoadStack,
  { client }: LoadTenant,
  { batchId, jobId }: Ids,
): Promise<Outcome> {
  await waitForEnd(client, jobId, endTimeoutMs);
  const { status, summary } = await client.batches.get(batchId);
  const rows = await new Response(await client.batches.download(batchId)).text();
  return {
    // Ids of items are drawn.
    rows: rows.replaceAll(/"itm_\w+"/g, '""'),
    summary: JSON.stringify(summary),
    status,
    runs: attemptOf(stack, jobId),
  };
}
