// The entry by which the Workflows engine runs evaluations.

import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import { dataServicesOf } from '../data-services.ts';
import type { Env } from '../env.ts';
import type { Run } from '../stores/job-store.ts';
import { runEvaluation } from './run-evaluation.ts';
import { runJob } from './run-job.ts';

export class EvaluationWorkflow extends WorkflowEntrypoint<Env, Run> {
  override async run(event: Readonly<WorkflowEvent<Run>>, step: WorkflowStep): Promise<void> {
    await runJob(step, event.payload, dataServicesOf(this.env), runEvaluation);
  }
}
