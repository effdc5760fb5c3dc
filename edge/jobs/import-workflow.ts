// The entry by which the Workflows engine runs imports.

import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import { dataServicesOf } from '../data-services.ts';
import type { Env } from '../env.ts';
import type { Run } from '../stores/job-store.ts';
import { runImport } from './run-import.ts';
import { runJob } from './run-job.ts';

export class ImportWorkflow extends WorkflowEntrypoint<Env, Run> {
  override async run(event: Readonly<WorkflowEvent<Run>>, step: WorkflowStep): Promise<void> {
    await runJob(step, event.payload, dataServicesOf(this.env), runImport);
  }
}
