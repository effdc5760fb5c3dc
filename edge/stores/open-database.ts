// Every store of rows, by the name that use cases know it under. The only place that knows which store is behind which name.

import type { D1Database, D1PreparedStatement, D1Result } from '@cloudflare/workers-types';
import { type AuditStore, createAuditStore } from './audit-store.ts';
import { type BatchStore, createBatchStore } from './batch-store.ts';
import { type CorrectionStore, createCorrectionStore } from './correction-store.ts';
import { createDatasetSlices, type DatasetSlices } from './dataset-slices.ts';
import { createDatasetStore, type DatasetStore } from './dataset-store.ts';
import { createDeletionStore, type DeletionStore } from './deletion-store.ts';
import { createDeliveryStore, type DeliveryStore } from './delivery-store.ts';
import { createEnvironmentStore, type EnvironmentStore } from './environment-store.ts';
import { createEvaluationStore, type EvaluationStore } from './evaluation-store.ts';
import { createGaugeStore, type GaugeStore } from './gauge-store.ts';
import { createIdempotencyStore, type IdempotencyStore } from './idempotency-store.ts';
import { createItemStore, type ItemStore } from './item-store.ts';
import { createJobStore, type JobStore } from './job-store.ts';
import { createJobUpkeep, type JobUpkeep } from './job-upkeep.ts';
import { createModelStore, type ModelStore } from './model-store.ts';
import { createNameStore, type NameStore } from './name-store.ts';
import { createProjectionStore, type ProjectionStore } from './projection-store.ts';
import { createReleaseStore, type ReleaseStore } from './release-store.ts';
import { createRoomStore, type RoomStore } from './room-store.ts';
import { createRunStore, type RunStore } from './run-store.ts';
import { createShadowStore, type ShadowStore } from './shadow-store.ts';
import { createTenantStore, type TenantStore } from './tenant-store.ts';
import { createUsageStore, type UsageStore } from './usage-store.ts';
import { createWatchStore, type WatchStore } from './watch-store.ts';
import { createWebhookStore, type WebhookStore } from './webhook-store.ts';

/** Rows in the database. */
export type Rows = {
  readonly tenants: TenantStore;
  readonly audit: AuditStore;
  readonly deletions: DeletionStore;
  readonly rooms: RoomStore;
  readonly usage: UsageStore;
  readonly idempotency: IdempotencyStore;
  readonly datasets: DatasetStore;
  readonly items: ItemStore;
  readonly slices: DatasetSlices;
  readonly projections: ProjectionStore;
  readonly releases: ReleaseStore;
  readonly shadows: ShadowStore;
  readonly corrections: CorrectionStore;
  readonly jobs: JobStore;
  readonly runs: RunStore;
  readonly jobUpkeep: JobUpkeep;
  readonly evaluations: EvaluationStore;
  readonly batches: BatchStore;
  readonly models: ModelStore;
  readonly names: NameStore;
  readonly environmentStore: EnvironmentStore;
  readonly watchStore: WatchStore;
  readonly webhooks: WebhookStore;
  readonly deliveries: DeliveryStore;
  readonly gauges: GaugeStore;
  /** One transaction. */
  readonly batch: (statements: D1PreparedStatement[]) => Promise<D1Result[]>;
};

export function openDatabase(DB: D1Database): Rows {
  return {
    tenants: createTenantStore(DB),
    audit: createAuditStore(DB),
    deletions: createDeletionStore(DB),
    rooms: createRoomStore(DB),
    usage: createUsageStore(DB),
    idempotency: createIdempotencyStore(DB),
    datasets: createDatasetStore(DB),
    items: createItemStore(DB),
    slices: createDatasetSlices(DB),
    projections: createProjectionStore(DB),
    releases: createReleaseStore(DB),
    shadows: createShadowStore(DB),
    corrections: createCorrectionStore(DB),
    jobs: createJobStore(DB),
    runs: createRunStore(DB),
    jobUpkeep: createJobUpkeep(DB),
    evaluations: createEvaluationStore(DB),
    batches: createBatchStore(DB),
    models: createModelStore(DB),
    names: createNameStore(DB),
    environmentStore: createEnvironmentStore(DB),
    watchStore: createWatchStore(DB),
    webhooks: createWebhookStore(DB),
    deliveries: createDeliveryStore(DB),
    gauges: createGaugeStore(DB),
    batch: (statements) => DB.batch(statements),
  };
}
