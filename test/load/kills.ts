// Kills a worker, or the whole stack, with SIGKILL at random points of a fit and of a profile that is made beside it, and looks
// whether that can be told from their outcome afterwards: same artefact, same sum, published once, nothing lost and nothing left
// lying about.

import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '#client/client.ts';
import { decodeArtefact } from '#shared/codec/icm-file.ts';
import { formatTable } from '../../cli/terminal/output.ts';
import { uniform } from '../shared/math/random.ts';
import {
  datasetName,
  distinctPictures,
  fitted,
  type LoadTenant,
  makeTenant,
  temporaryDirectory,
  uploadPictures,
  waitForEnd,
} from './support/load-tenant.ts';
import { type LoadStack, openStack } from './support/open-stack.ts';

type Kind = 'worker' | 'stack';
export type KillOptions = { readonly trials: number; readonly seed: number; readonly kind?: string };

/** Small shards, so that there are many steps to be killed in; taken over sooner than the default of half a minute. */
const staleSeconds = 12;
const bindings = { SHARD_MAX_ITEMS: '4', JOB_STALE_SECONDS: String(staleSeconds) };
const pictures = 56;
const request = {
  name: 'chaos',
  datasets: [datasetName],
  seed: 7,
  interventions: [{ name: 'grayscale' }, { name: 'invert' }],
} satisfies Parameters<LoadTenant['client']['projections']['fit']>[0];
/** The style of the pictures that become a profile. */
const profiled = 'noto';
const endTimeoutMs = 240_000;

/** What is to be the same whatever happened on the way. */
type Outcome = {
  readonly contentHash: string;
  /** Of the tenant, without ids that are drawn. */
  readonly objects: readonly string[];
  readonly rows: unknown;
};

/** How many runs the job took, and in what it is not as expected; or what went wrong. */
type Found = { readonly runs: number; readonly faults: readonly string[] };

export async function killTrials({ trials, seed, kind: only }: KillOptions): Promise<boolean> {
  const random = uniform(seed);
  const kinds = (['worker', 'stack'] as const).filter((kind) => only === undefined || kind === only);
  const stateDirectory = await temporaryDirectory();
  let stack = await openStack({ stateDirectory, bindings });
  const calm = await calmFit(stack);
  say(
    `undisturbed: ${(calm.seconds).toFixed(1)} s, content ${calm.outcome.contentHash.slice(0, 12)}; seed ${seed}`,
  );
  const rows: (string | number)[][] = [];
  for (const kind of kinds) {
    for (let trial = 0; trial < trials; trial++) {
      // One point in each part of the fit's length, so that few trials reach all stages.
      const points = [((trial + random()) / trials) * calm.seconds];
      // A stack killed again before its job is taken over would be killed in nobody's work.
      const idleSeconds = kind === 'stack' ? staleSeconds : 0;
      if (random() < 0.34) points.push(idleSeconds + random() * calm.seconds);
      const told = await trialOf(kind, points, stack, stateDirectory, calm.outcome);
      stack = told.stack;
      rows.push(told.row);
      say(told.row.join('  '));
    }
  }
  await stack.close();
  const columns = [
    'killed',
    'after s',
    'while',
    'done',
    'runs',
    'whole s',
    'artefact',
    'published',
    'left over',
    '',
  ];
  process.stdout.write(`\n${formatTable(columns, rows, 'no trials')}\n`);
  const bad = rows.filter((row) => row.at(-1) !== 'ok').length;
  process.stdout.write(`\n${rows.length} trials, ${bad} not as promised (--seed ${seed})\n`);
  return bad === 0;
}

/** Twice, because the first one also warms up; both must agree. */
async function calmFit(stack: LoadStack): Promise<{ seconds: number; outcome: Outcome }> {
  const [first, second] = [await undisturbed(stack), await undisturbed(stack)];
  const differing = differences(first.outcome, second.outcome);
  if (differing.length > 0) throw new Error(`two undisturbed fits differ in ${differing.join(', ')}`);
  return second;
}

async function undisturbed(stack: LoadStack) {
  const tenant = await tenantWithPictures(stack);
  const startedMs = performance.now();
  const { job, profileJob } = await startBoth(tenant);
  await waitForEnd(tenant.client, job.id, endTimeoutMs);
  await waitForEnd(tenant.client, profileJob.id, endTimeoutMs);
  const seconds = (performance.now() - startedMs) / 1000;
  return { seconds, outcome: await outcomeOf(stack, tenant, job.id, profileJob.id) };
}

async function trialOf(
  kind: Kind,
  points: readonly number[],
  opened: LoadStack,
  stateDirectory: string,
  expected: Outcome,
): Promise<{ stack: LoadStack; row: (string | number)[] }> {
  let stack = opened;
  let tenant = await tenantWithPictures(stack);
  const startedMs = performance.now();
  const { job, profileJob } = await startBoth(tenant);
  const states: { stage: string; done: number }[] = [];
  for (const seconds of points) {
    await delay(1000 * seconds);
    const [row] = stack.rows<{ stage: string; done: number }>(
      `SELECT stage, done FROM jobs WHERE id = '${job.id}'`,
    );
    if (row !== undefined) states.push(row);
    if (kind === 'worker') await killWorker(stack);
    else {
      await stack.kill();
      stack = await openStack({ stateDirectory, bindings });
      tenant = { ...tenant, client: createClient({ url: stack.url, key: tenant.key }) };
    }
  }
  const found: Found = await check(stack, tenant, [job.id, profileJob.id], expected).catch(
    (error: unknown) => ({
      runs: 0,
      faults: [error instanceof Error ? error.message : String(error)],
    }),
  );
  const seconds = (performance.now() - startedMs) / 1000;
  const shows = (fault: keyof Outcome) => (found.faults.includes(fault) ? 'DIFFERS' : 'same');
  const row = [
    kind,
    points.map((point) => point.toFixed(2)).join(' + '),
    states.map(({ stage }) => stage).join(' + '),
    states.map(({ done }) => done).join(' + '),
    found.runs,
    Number(seconds.toFixed(1)),
    shows('contentHash'),
    shows('rows'),
    shows('objects'),
    found.faults.length === 0 ? 'ok' : found.faults.join('; '),
  ];
  return { stack, row };
}

async function killWorker(stack: LoadStack): Promise<void> {
  // None where the one before is just being replaced.
  for (const pid of await stack.workerPids()) process.kill(pid, 'SIGKILL');
}

async function startBoth({ client }: LoadTenant) {
  const { job } = await client.projections.fit(request);
  const from = { dataset: datasetName, environment: profiled };
  const profileJob = await client.environments.createFromDataset({ name: 'chaos' }, from);
  return { job, profileJob };
}

async function check(
  stack: LoadStack,
  tenant: LoadTenant,
  [jobId, profileJobId]: readonly [string, string],
  expected: Outcome,
): Promise<Found> {
  await waitForEnd(tenant.client, jobId, endTimeoutMs);
  await waitForEnd(tenant.client, profileJobId, endTimeoutMs);
  const outcome = await outcomeOf(stack, tenant, jobId, profileJobId);
  const [job] = stack.rows<{ attempt: number }>(`SELECT attempt FROM jobs WHERE id = '${jobId}'`);
  return { runs: job?.attempt ?? 0, faults: differences(outcome, expected) };
}

async function outcomeOf(
  stack: LoadStack,
  tenant: LoadTenant,
  jobId: string,
  profileJobId: string,
): Promise<Outcome> {
  const projection = await fitted(tenant, await tenant.client.jobs.get(jobId));
  const artefact = await decodeArtefact(await tenant.client.projections.download(projection.id));
  if (!artefact.ok) throw new Error(`the artefact cannot be read: ${artefact.error.detail}`);
  if (projection.contentHash === undefined) throw new Error('the projection has no content hash');
  await settled(stack, jobId);
  await settled(stack, profileJobId);
  const mine = (key: string) => key.startsWith(`t/${tenant.id}/`);
  const objects = (await stack.objects()).filter(mine).map((key) => key.slice(tenant.id.length + 3));
  return {
    contentHash: projection.contentHash,
    // Pictures end in a nonce, and projections are called by a random id.
    objects: objects.map((key) => key.replace(/(?<=pictures\/\w{64})-\w+$|(?<=projections\/)\w+/, '')).sort(),
    rows: rowsOf(stack, tenant.id),
  };
}

/** The run clears away within moments of the job's end; where it was cut off, housekeeping does. */
async function settled(stack: LoadStack, jobId: string): Promise<void> {
  const sql = `SELECT settled FROM jobs WHERE id = '${jobId}'`;
  const isSettled = () => stack.rows<{ settled: number }>(sql)[0]?.settled === 1;
  for (let look = 0; look < 100; look++) {
    if (isSettled()) return;
    await delay(200);
    await stack.housekeeping();
  }
  throw new Error('the job has not been settled');
}

function rowsOf(stack: LoadStack, tenantId: string): unknown {
  const where = `WHERE tenant_id = '${tenantId}'`;
  return {
    jobs: stack.rows(`SELECT kind, status, stage, done, total, failed FROM jobs ${where} ORDER BY kind`),
    environments: stack.rows(`SELECT name, pictures, revision, hex(sum) AS sum FROM environments ${where}`),
    projections: stack.rows(`SELECT name, version, status, content_hash FROM projections ${where}`),
    aliases: stack.rows(`SELECT name, version FROM aliases ${where}`),
    shards: stack.rows(
      `SELECT kind, shard, pictures, job_shards.failed FROM job_shards
       JOIN jobs ON jobs.tenant_id = job_shards.tenant_id AND jobs.id = job_shards.job_id
       WHERE job_shards.tenant_id = '${tenantId}' ORDER BY kind, shard`,
    ),
    bytes: stack.rows(`SELECT bytes FROM stored_bytes ${where}`),
    statistics: stack.rows(
      `SELECT replace(storage_key, '${tenantId}', '') AS key FROM statistics_uses ${where} ORDER BY 1`,
    ),
  };
}

function differences(outcome: Outcome, expected: Outcome): (keyof Outcome)[] {
  const keys = ['contentHash', 'rows', 'objects'] as const;
  return keys.filter((key) => JSON.stringify(outcome[key]) !== JSON.stringify(expected[key]));
}

async function tenantWithPictures(stack: LoadStack): Promise<LoadTenant> {
  const tenant = await makeTenant(stack, 'chaos');
  await uploadPictures(tenant, distinctPictures(pictures));
  return tenant;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
