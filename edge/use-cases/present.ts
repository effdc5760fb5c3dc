// Records as the API shows them: times as text, absent fields absent. Decides nothing.

import type { Batch, BatchSummary } from '#shared/contracts/batch.ts';
import type { Dataset, DatasetItem } from '#shared/contracts/dataset.ts';
import type { Environment } from '#shared/contracts/environment.ts';
import type { Evaluation } from '#shared/contracts/evaluation.ts';
import type { Job } from '#shared/contracts/job.ts';
import { batchKeptDays } from '#shared/contracts/limits.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import type { ReleaseState } from '#shared/contracts/release.ts';
import type { Key } from '#shared/contracts/tenant.ts';
import type { BatchRecord } from '../stores/batch-store.ts';
import type { DatasetCount, DatasetRecord } from '../stores/dataset-store.ts';
import type { EnvironmentRecord } from '../stores/environment-record.ts';
import type { EvaluationRecord } from '../stores/evaluation-store.ts';
import type { ItemRecord } from '../stores/item-record.ts';
import type { JobRecord } from '../stores/job-record.ts';
import type { KeyRecord } from '../stores/key-record.ts';
import type { ProjectionRecord } from '../stores/projection-record.ts';
import type { JobFailure } from '../stores/run-store.ts';
import { keyPrefix } from './api-key.ts';

export function presentDataset(dataset: DatasetRecord, counts: readonly DatasetCount[]): Dataset {
  const { id, name, description, createdAtMs } = dataset;
  return {
    id,
    name,
    ...(description === undefined ? {} : { description }),
    pictures: sum(counts, ({ pictures }) => pictures),
    bytes: sum(counts, ({ bytes }) => bytes),
    environments: countBy(counts, ({ environment }) => environment),
    classes: countBy(counts, (count) => count.class),
    createdAt: isoTime(createdAtMs),
  };
}

export function presentItem(item: ItemRecord): DatasetItem {
  const { id, sha256, bytes, environment, filename, createdAtMs } = item;
  return {
    id,
    sha256,
    bytes,
    environment,
    ...(item.class === undefined ? {} : { class: item.class }),
    ...(filename === undefined ? {} : { filename }),
    createdAt: isoTime(createdAtMs),
  };
}

/** Of a projection's own source, too, which has no id. */
export function presentEnvironment({
  name,
  model,
  pictures,
  revision,
  createdAtMs,
  updatedAtMs,
}: Omit<EnvironmentRecord, 'id'>): Environment {
  const times = { createdAt: isoTime(createdAtMs), updatedAt: isoTime(updatedAtMs) };
  return { name, model, pictures, revision, ...times };
}

export function presentJob(job: JobRecord, failures: readonly JobFailure[] = []): Job {
  const { id, kind, status, stage, subjectId, error, finishedAtMs } = job;
  return {
    id,
    kind,
    status,
    stage,
    progress: presentProgress(job),
    ...(subjectId === undefined ? {} : { subjectId }),
    ...(job.release === undefined ? {} : { release: job.release }),
    ...(error === undefined ? {} : { error }),
    ...(failures.length === 0 ? {} : { failures: [...failures] }),
    createdAt: isoTime(job.createdAtMs),
    updatedAt: isoTime(job.updatedAtMs),
    ...(finishedAtMs === undefined ? {} : { finishedAt: isoTime(finishedAtMs) }),
  };
}

function presentProgress({ done, total, failed, workStartedAtMs, updatedAtMs }: JobRecord): Job['progress'] {
  const seconds = workStartedAtMs === undefined ? 0 : (updatedAtMs - workStartedAtMs) / 1000;
  if (seconds <= 0 || done === 0) return { done, total, failed };
  const ratePerSecond = done / seconds;
  return { done, total, failed, ratePerSecond, secondsLeft: Math.max(0, total - done) / ratePerSecond };
}

/** `existing` are the datasets that have not been deleted since. */
export function presentProjection(projection: ProjectionRecord, existing: ReadonlySet<string>): Projection {
  const { id, name, version, current, status, model, jobId, labels, heads, contentHash, artefactBytes } =
    projection;
  return {
    id,
    name,
    version,
    current,
    status,
    ...(model === undefined ? {} : { model }),
    ...(jobId === undefined ? {} : { jobId }),
    datasets: projection.datasets.map((dataset) =>
      existing.has(dataset.id) ? { ...dataset } : { ...dataset, deleted: true },
    ),
    ...(labels === undefined ? {} : { labels: [...labels] }),
    ...(heads === undefined ? {} : { heads: [...heads] }),
    ...(projection.corrections === undefined ? {} : { corrections: projection.corrections }),
    ...(status === 'ready' ? { release: presentRelease(projection) } : {}),
    ...(contentHash === undefined ? {} : { contentHash }),
    ...(artefactBytes === undefined ? {} : { bytes: artefactBytes }),
    createdAt: isoTime(projection.createdAtMs),
  };
}

function presentRelease({ current, release, releasedAtMs }: ProjectionRecord): ReleaseState {
  const { released: _, ...said } = release ?? { released: true };
  const once = releasedAtMs === undefined ? 'candidate' : 'past';
  return {
    state: current ? 'current' : once,
    ...(releasedAtMs === undefined ? {} : { releasedAt: isoTime(releasedAtMs) }),
    ...said,
  };
}

export function presentEvaluation(evaluation: EvaluationRecord): Evaluation {
  const { id, jobId, status, projection, environment, datasets, report, createdAtMs } = evaluation;
  return {
    id,
    jobId,
    status,
    projection,
    ...(environment === undefined ? {} : { environment }),
    datasets,
    ...(report === undefined ? {} : { report }),
    createdAt: isoTime(createdAtMs),
  };
}

export const batchKeptMs = batchKeptDays * 86_400_000;

export function presentBatch(batch: BatchRecord, summary?: BatchSummary): Batch {
  const { createdAtMs, ...rest } = batch;
  return {
    ...rest,
    ...(summary === undefined ? {} : { summary }),
    createdAt: isoTime(createdAtMs),
    expiresAt: isoTime(createdAtMs + batchKeptMs),
  };
}

export function presentKey(key: KeyRecord, nowMs: number): Key {
  return {
    id: key.id,
    name: key.name,
    prefix: keyPrefix(key.environment, key.id),
    scopes: [...key.scopes],
    status: keyStatus(key, nowMs),
    createdAt: isoTime(key.createdAtMs),
    ...(key.requestsPerMinute === undefined ? {} : { requestsPerMinute: key.requestsPerMinute }),
    ...(key.expiresAtMs === undefined ? {} : { expiresAt: isoTime(key.expiresAtMs) }),
    ...(key.lastUsedAtMs === undefined ? {} : { lastUsedAt: isoTime(key.lastUsedAtMs) }),
    ...(key.rotatedTo === undefined ? {} : { rotatedTo: key.rotatedTo }),
  };
}

function keyStatus(key: KeyRecord, nowMs: number): Key['status'] {
  if (key.revokedAtMs !== undefined) return 'revoked';
  if (key.expiresAtMs !== undefined && nowMs >= key.expiresAtMs) return 'expired';
  return key.disabled ? 'disabled' : 'active';
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

function sum(counts: readonly DatasetCount[], of: (count: DatasetCount) => number): number {
  return counts.reduce((total, count) => total + of(count), 0);
}

/** In the order in which the names first appear; what has no name is not listed. */
function countBy(counts: readonly DatasetCount[], nameOf: (count: DatasetCount) => string | undefined) {
  const totals = new Map<string, number>();
  for (const count of counts) {
    const name = nameOf(count);
    if (name !== undefined) totals.set(name, (totals.get(name) ?? 0) + count.pictures);
  }
  return [...totals].map(([name, pictures]) => ({ name, pictures }));
}
