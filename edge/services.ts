// The one composition root: everything that routes, use cases and jobs may need, made once an isolate from the bindings.
// Nothing here does I/O until it is called.

import { maxPictureBytes } from '#shared/contracts/limits.ts';
import {
  createDeliveryStarter,
  createRunStarter,
  type DeliveryStarter,
  type RunStarter,
} from './clients/run-starter.ts';
import { type Access, createAccess } from './create-access.ts';
import { type Answers, createAnswers } from './create-answers.ts';
import { type Env, parseSettings, type Settings } from './env.ts';
import { newId, randomBase62 } from './ids.ts';
import { createMetricsSums, type MetricsSums } from './metrics/metrics-sums.ts';
import { objectKeys } from './stores/object-keys.ts';
import { createObjectStore, type ObjectStore } from './stores/object-store.ts';
import { openDatabase, type Rows } from './stores/open-database.ts';
import { createStatisticsFiles, type StatisticsFiles } from './stores/statistics-files.ts';
import type { DeliverySources } from './use-cases/webhooks/deliver-event.ts';
import type { WebhookManagement } from './use-cases/webhooks/manage-webhooks.ts';

const metricsFlushAfterMs = 15_000;

/** Bytes in the bucket, and the names that they get there. */
type Objects = {
  readonly objects: ObjectStore;
  readonly statistics: StatisticsFiles;
  readonly newItemId: () => string;
  readonly pictureKey: (tenantId: string, sha256: string) => string;
  readonly artefactKey: (tenantId: string, projectionId: string) => string;
  readonly tenantPrefixes: (tenantId: string) => readonly string[];
};

/** What tells tenants of what happens. */
type Events = {
  readonly webhookManagement: WebhookManagement;
  readonly deliverySources: DeliverySources & Pick<Access, 'quota'>;
};

export type Services = Rows &
  Objects &
  Answers &
  Access &
  Events & {
    readonly settings: Settings;
    readonly defaultModel: string;
    readonly maxPictureBytes: number;
    readonly startRun: RunStarter;
    readonly startDelivery: DeliveryStarter;
    readonly metrics: MetricsSums;
    readonly newId: typeof newId;
    /** Whether the database and the bucket answer. Throws where one does not. */
    readonly askStorage: () => Promise<void>;
  };

const made = new WeakMap<Env, Services>();

/** Bindings are the same object for an isolate's whole life, so each isolate parses its settings once. */
export function servicesOf(env: Env): Services {
  const known = made.get(env);
  if (known !== undefined) return known;
  const services = createServices(env);
  made.set(env, services);
  return services;
}

function createServices(env: Env): Services {
  const settings = parseSettings(env);
  const rows = openDatabase(env.DB);
  const objects = createObjectStore(env.BUCKET);
  const startDelivery = createDeliveryStarter(env.WEBHOOK_WORKFLOW);
  const access = createAccess(env, settings, rows, startDelivery);
  const answers = createAnswers(settings, rows, objects, env, access);
  return {
    settings,
    defaultModel: settings.defaultModel,
    maxPictureBytes,
    ...rows,
    objects,
    statistics: createStatisticsFiles(objects),
    newItemId: () => newId('item'),
    pictureKey: (tenantId, sha256) => objectKeys.picture(tenantId, sha256, randomBase62(8)),
    artefactKey: objectKeys.artefact,
    tenantPrefixes: objectKeys.prefixes,
    ...answers,
    ...access,
    ...createEvents(settings, rows, answers, access),
    startDelivery,
    metrics: createMetricsSums(env.METRICS, metricsFlushAfterMs),
    startRun: createRunStarter({
      fit: env.FIT_WORKFLOW,
      refit: env.FIT_WORKFLOW,
      extend: env.FIT_WORKFLOW,
      evaluation: env.EVALUATION_WORKFLOW,
      import: env.IMPORT_WORKFLOW,
      profile: env.PROFILE_WORKFLOW,
      batch: env.BATCH_WORKFLOW,
    }),
    newId,
    askStorage: async () => {
      await Promise.all([
        env.DB.prepare('SELECT id FROM tenants LIMIT 1').first(),
        env.BUCKET.head('readiness'),
      ]);
    },
  };
}

function createEvents(
  settings: Settings,
  { webhooks, deliveries }: Rows,
  { worker }: Answers,
  { quota }: Access,
): Events {
  const peppers = settings.keyPeppers;
  return {
    webhookManagement: { webhooks, peppers, allowsHttp: settings.environment === 'development' },
    deliverySources: { webhooks, deliveries, worker, quota, peppers, firstRetryMs: settings.webhookRetryMs },
  };
}
