// What the victim may be made to bear, and whether it bore more.

import { median, quantile } from '../../bench/measure.ts';
import type { Profiled } from './edge-profile.ts';
import type { Kind, Observed } from './victim.ts';

export type Round = Profiled & {
  readonly name: string;
  readonly observed: Observed;
  /** Of the process, in which the emulated R2, D1, Cache API and durable objects are too. */
  readonly edgeGrowthMiB: number;
  /** Of the worker that grew most. */
  readonly workerGrowthMiB: number;
  readonly databaseGrowthMiB: number;
  /** Of one processor. */
  readonly edgeCpuShare: number;
  readonly workerCpuShare: number;
  /** Of the attacker's day. */
  readonly charged: string;
  readonly attackRounds: number;
};

export const bounds = {
  embeddingTimesIdle: 3,
  pictureMedianMs: 300,
  pictureP95Ms: 1000,
  healthAboveIdleMs: 100,
  edgeMiB: 100,
  /** The platform ends an isolate at 128 MB, garbage not counted. */
  heldMiB: 100,
  workerMiB: 500,
  stretchMs: 100,
} as const;

export const refusals = ({ observed }: Pick<Round, 'observed'>): number =>
  observed.picture.refused.length + observed.embedding.refused.length + observed.health.refused.length;

export const medianOf = ({ observed }: Pick<Round, 'observed'>, kind: Kind): number =>
  orNever(median(observed[kind].tookMs));

export const p95Of = ({ observed }: Pick<Round, 'observed'>, kind: Kind): number =>
  orNever(quantile(observed[kind].tookMs, 0.95));

const p99Of = ({ observed }: Pick<Round, 'observed'>, kind: Kind): number =>
  orNever(quantile(observed[kind].tookMs, 0.99));

/** What did not hold, in words; nothing where all did. */
export function complaints(round: Round, idle: Round): string[] {
  const found: string[] = [];
  const complain = (holds: boolean, what: string) => {
    if (!holds) found.push(what);
  };
  complain(refusals(round) === 0, `${refusals(round)} requests refused`);
  const embedding = medianOf(round, 'embedding') / medianOf(idle, 'embedding');
  complain(embedding <= bounds.embeddingTimesIdle, `embeddings ${embedding.toFixed(1)} x idle`);
  complain(medianOf(round, 'picture') <= bounds.pictureMedianMs, 'median of pictures');
  complain(p95Of(round, 'picture') <= bounds.pictureP95Ms, '95th percentile of pictures');
  complain(p99Of(round, 'health') <= p99Of(idle, 'health') + bounds.healthAboveIdleMs, '/healthz');
  complain(round.edgeGrowthMiB < bounds.edgeMiB, 'memory of the edge');
  complain(round.heldMiB < bounds.heldMiB, 'memory that the edge holds');
  complain(round.workerGrowthMiB < bounds.workerMiB, 'memory of a worker');
  complain(
    round.longest.durationMs <= bounds.stretchMs,
    `the edge busy ${round.longest.durationMs.toFixed(0)} ms in ${round.longest.mostlyIn}`,
  );
  return found;
}

/** No request that was answered is worse than any. */
function orNever(value: number | undefined): number {
  return value === undefined || Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
}
