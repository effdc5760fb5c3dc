// The demo's steps, all through the public HTTP API of a stack that starts empty: tenant, upload, fit, profiles, classify, measure.
// Returns what it found; prints only progress.

import { type ClipIcmClient, createClient } from '#client/client.ts';
import type { FitReport } from '#shared/contracts/fit-report.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { formatJob } from '../terminal/job-progress.ts';
import type { StatusLine } from '../terminal/status-line.ts';
import { uploadPictures } from '../upload-directory.ts';
import { type Answered, classifyTarget } from './classify-targets.ts';
import { type LatencyMs, measureLatency } from './measure-latency.ts';
import type { SamplePictures } from './sample-pictures.ts';

export type DemoOutcome = {
  readonly samples: SamplePictures;
  /** What `auto` chose. */
  readonly projection: Projection;
  readonly labels: readonly string[];
  readonly report: FitReport;
  readonly answered: readonly Answered[];
  readonly latencyMs: LatencyMs;
};

const datasetName = 'coloured-emoji';
const projectionName = 'emoji';
/** Names what all the pictures are; plain CLIP is asked with the same. */
const templates = ['an emoji of a {}'];
const heads = ['zero-shot', 'probe'] as const;
/** Each is asked about alone, twice. */
const timedPictures = 40;

export async function runDemo(
  service: { readonly url: string; readonly adminSecret: string },
  samples: SamplePictures,
  line: StatusLine,
): Promise<DemoOutcome> {
  const client = await openTenant(service);
  const auto = await fitSources(client, samples, line);
  const centred = await takeMeansOut(client, auto, line);
  const labels = auto.labels ?? [];
  line.update('measuring how fast pictures and embeddings are answered ...');
  const timed = samples.targets[0]?.scored.slice(0, timedPictures) ?? [];
  const latencyMs = await measureLatency(client, auto.id, timed);
  const by = { auto: auto.id, centred: centred.id, labels, templates };
  const answered: Answered[] = [];
  for (const target of samples.targets) {
    line.update(`a profile of ${target.name}, and ${target.scored.length} pictures of it ...`);
    answered.push(...(await classifyTarget(client, by, target)));
  }
  line.clear();
  const report = await client.projections.report(auto.id);
  if ('folds' in report) throw new Error('The fit came back with a report of the first format.');
  return { samples, projection: auto, labels, report, answered, latencyMs };
}

async function fitSources(
  client: ClipIcmClient,
  { sources }: SamplePictures,
  line: StatusLine,
): Promise<Projection> {
  await client.datasets.create({ name: datasetName });
  const { skipped } = await uploadPictures(client, datasetName, sources);
  if (skipped[0] !== undefined) throw new Error(`A sample picture was refused: ${skipped[0].detail}`);
  const accepted = await client.projections.fit({
    name: projectionName,
    datasets: [datasetName],
    templates,
    heads: [...heads],
  });
  await follow(client, accepted.job.id, line);
  return client.projections.get(accepted.projection.id);
}

/** Nothing is projected away, so with a profile its mean is all that is taken out. No picture is encoded again. */
async function takeMeansOut(
  client: ClipIcmClient,
  { id }: Projection,
  line: StatusLine,
): Promise<Projection> {
  const accepted = await client.projections.refit(id, {
    estimator: 'identity',
    templates,
    heads: [...heads],
  });
  await follow(client, accepted.job.id, line);
  return client.projections.get(accepted.projection.id);
}

async function follow(client: ClipIcmClient, job: string, line: StatusLine): Promise<void> {
  await client.jobs.wait(job, { onProgress: (state) => line.update(formatJob(state)) });
}

async function openTenant(service: {
  readonly url: string;
  readonly adminSecret: string;
}): Promise<ClipIcmClient> {
  const operator = createClient({ url: service.url, key: service.adminSecret });
  const { key } = await operator.admin.tenants.create({ name: 'demo' });
  return createClient({ url: service.url, key: key.key });
}
