// Starts a run of a job, or of a delivery, on the Workflows engine. An instance is named after what it works on and its
// attempt, so that starting the same run twice is harmless.

import type { Workflow } from '@cloudflare/workers-types';
import type { JobKind } from '#shared/contracts/job.ts';
import { writeLog } from '../log.ts';
import type { DeliveryRun } from '../stores/delivery-record.ts';
import type { Run } from '../stores/run-store.ts';

export type RunStarter = (kind: JobKind, run: Run) => Promise<void>;
export type DeliveryStarter = (run: DeliveryRun) => Promise<void>;

export function createRunStarter(workflows: Readonly<Record<JobKind, Workflow>>): RunStarter {
  return (kind, run) => start(workflows[kind], `${run.jobId}-${run.attempt}`, run, run.jobId);
}

export function createDeliveryStarter(workflow: Workflow): DeliveryStarter {
  return (run) => start(workflow, `${run.webhookId}-${run.eventId}-${run.run}`, run, run.eventId);
}

async function start(workflow: Workflow, id: string, params: unknown, requestId: string): Promise<void> {
  try {
    await workflow.create({ id, params });
  } catch (thrown) {
    // What it was to work on shows no sign of life, and is taken over like any other that has lost its run.
    writeLog({ level: 'error', event: 'run-not-started', requestId, thrown });
  }
}
