// Starts a run of a job on the Workflows engine. An instance is named after the job and its attempt, so that starting the same
// run twice is harmless.

import type { Workflow } from '@cloudflare/workers-types';
import type { JobKind } from '#shared/contracts/job.ts';
import { writeLog } from '../log.ts';
import type { Run } from '../stores/job-store.ts';

export type RunStarter = (kind: JobKind, run: Run) => Promise<void>;

export function createRunStarter(workflows: Readonly<Record<JobKind, Workflow>>): RunStarter {
  return async (kind, run) => {
    try {
      await workflows[kind].create({ id: `${run.jobId}-${run.attempt}`, params: run });
    } catch (thrown) {
      // The job stays queued without a sign of life, and is taken over like any other that has lost its run.
      writeLog({ level: 'error', event: 'run-not-started', requestId: run.jobId, thrown });
    }
  };
}
