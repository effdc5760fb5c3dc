// A tenant of a load script with its pictures uploaded, made through the public API.

import { readdirSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ClipIcmClient, createClient } from '#client/client.ts';
import type { TreePicture } from '#client/upload-tree.ts';
import type { Job } from '#shared/contracts/job.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { leashDirectory } from '../../../infra/local/leash.ts';
import { styles } from '../../../samples/concepts.ts';
import { samplePicture, withComment } from '../../support/pictures.ts';
import type { StackOpened } from './stack-messages.ts';

export type LoadTenant = { readonly id: string; readonly key: string; readonly client: ClipIcmClient };

/** Of everything a plan limits, more than a load script uses. */
const limits = {
  requestsPerMinute: 1_000_000,
  requestsPerDay: 'unlimited',
  picturesPerDay: 10_000_000,
  pixelsPerDay: 10 ** 15,
  textsPerDay: 10 ** 9,
  fetchesPerDay: 10_000_000,
  storedBytes: 2 ** 40,
  concurrentJobs: 10,
} as const;

export async function makeTenant(stack: StackOpened, name: string): Promise<LoadTenant> {
  const operator = createClient({ url: stack.url, key: stack.adminSecret });
  const { tenant, key } = await operator.admin.tenants.create({ name, limits });
  return { id: tenant.id, key: key.key, client: createClient({ url: stack.url, key: key.key }) };
}

export const datasetName = 'pictures';

export async function uploadPictures({ client }: LoadTenant, pictures: Iterable<TreePicture>): Promise<void> {
  await client.datasets.create({ name: datasetName });
  await client.datasets.uploadTree(datasetName, pictures);
}

/** The samples in rounds over these styles and all concepts, each with bytes of its own. */
export function* distinctPictures(
  count: number,
  environments: readonly string[] = styles,
): Generator<TreePicture> {
  const concepts = readdirSync('samples/emoji/noto').sort();
  for (let index = 0; index < count; index++) {
    const environment = environments[index % environments.length] ?? '';
    const concept = concepts[Math.floor(index / environments.length) % concepts.length] ?? '';
    const data = withComment(samplePicture(environment, concept), String(index));
    yield { environment, class: concept, filename: `${index}.png`, data };
  }
}

/** Patient with a service that is away: it is asked again until the job has ended. */
export async function waitForEnd(client: ClipIcmClient, jobId: string, timeoutMs: number): Promise<Job> {
  const untilMs = performance.now() + timeoutMs;
  for (;;) {
    const job = await client.jobs.get(jobId).catch(() => undefined);
    if (job?.finishedAt !== undefined) return job;
    if (performance.now() > untilMs) {
      throw new Error(`the job has not ended in ${timeoutMs / 1000} s: ${JSON.stringify(job)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

export async function fitted({ client }: LoadTenant, job: Job): Promise<Projection> {
  if (job.status !== 'succeeded')
    throw new Error(`the job ended as ${job.status}: ${JSON.stringify(job.error)}`);
  return client.projections.get(job.subjectId ?? '');
}

/** Gone with this process. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-load-'));
  leashDirectory(directory);
  return directory;
}
