// The demo's steps, all through the public HTTP API of a stack that starts empty: tenant, upload, fit, classify, measure.
// Returns what it found; prints only progress.

import { type ClipIcmClient, createClient } from '#client/client.ts';
import type { SelectionReport } from '#shared/contracts/fit.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { waitForJob } from '../terminal/job-progress.ts';
import type { StatusLine } from '../terminal/status-line.ts';
import { uploadPictures } from '../upload-directory.ts';
import { type Answered, classifyTargets, type LatencyMs, measureLatency } from './classify-targets.ts';
import type { SamplePictures } from './sample-pictures.ts';

export type DemoOutcome = {
  readonly samples: SamplePictures;
  readonly projection: Projection;
  readonly labels: readonly string[];
  readonly selection: SelectionReport;
  readonly spectrum: readonly number[];
  readonly answered: readonly Answered[];
  readonly latencyMs: LatencyMs;
  readonly embeddingDimension: number;
};

const datasetName = 'coloured-emoji';
const projectionName = 'emoji';
/** Names what all the pictures are; plain CLIP is asked with the same. */
const templates = ['an emoji of a {}'];

export async function runDemo(
  service: { readonly url: string; readonly adminSecret: string },
  samples: SamplePictures,
  line: StatusLine,
): Promise<DemoOutcome> {
  const client = await openTenant(service);
  await client.datasets.create({ name: datasetName });
  const { skipped } = await uploadPictures(client, datasetName, samples.sources);
  if (skipped[0] !== undefined) throw new Error(`A sample picture was refused: ${skipped[0].detail}`);
  const accepted = await client.projections.fit({ name: projectionName, datasets: [datasetName], templates });
  await waitForJob(client, accepted.job.id);
  const projection = await client.projections.get(accepted.projection.id);
  const labels = projection.labels ?? [];
  line.update('measuring how fast pictures and embeddings are answered ...');
  const latencyMs = await measureLatency(client, projection.id, samples.targets);
  line.update(`classifying ${samples.targets.length} pictures of unseen styles ...`);
  const answered = await classifyTargets(
    client,
    { projection: projection.id, labels, templates },
    samples.targets,
  );
  line.clear();
  const { spectrum } = await client.projections.spectrum(projection.id);
  const selection = await client.projections.selection(projection.id);
  return {
    samples,
    projection,
    labels,
    selection,
    spectrum,
    answered,
    latencyMs,
    embeddingDimension: spectrum.length,
  };
}

async function openTenant(service: {
  readonly url: string;
  readonly adminSecret: string;
}): Promise<ClipIcmClient> {
  const operator = createClient({ url: service.url, key: service.adminSecret });
  const { key } = await operator.admin.tenants.create({ name: 'demo' });
  return createClient({ url: service.url, key: key.key });
}
