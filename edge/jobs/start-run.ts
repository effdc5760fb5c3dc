// Starts a run of a job on the Workflows engine. An instance is named after the job and its attempt, so that starting the same
// run twice is harmless.

import type { Workflow } from '@cloudflare/workers-types';
import type { JobKind } from '#shared/contracts/job.ts';
import type { Run } from '../stores/job-store.ts';

export type RunStarter = (kind: JobKind, run: Run) => Promise<void>;

export type WorkflowBindings = {
  readonly FIT_WORKFLOW: Workflow<Run>;
  readonly EVALUATION_WORKFLOW: Workflow<Run>;
  readonly IMPORT_WORKFLOW: Workflow<Run>;
};

export function createRunStarter(env: WorkflowBindings): RunStarter {
  const workflows: Record<JobKind, Workflow<Run>> = {
    fit: env.FIT_WORKFLOW,
    refit: env.FIT_WORKFLOW,
    extend: env.FIT_WORKFLOW,
    evaluation: env.EVALUATION_WORKFLOW,
    import: env.IMPORT_WORKFLOW,
  };
  return async (kind, run) => {
    try {
      await workflows[kind].create({ id: `${run.jobId}-${run.attempt}`, params: run });
    } catch (thrown) {
      // The job stays queued without a sign of life, and is taken over like any other that has lost its run.
      const message = String(thrown);
      console.error(JSON.stringify({ level: 'error', event: 'run-not-started', jobId: run.jobId, message }));
    }
  };
}
