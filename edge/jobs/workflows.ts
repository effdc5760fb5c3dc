// The entries by which the Workflows engine runs jobs: one class a kind of job, which wrangler.toml binds by name.

import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import type { Env } from '../env.ts';
import { servicesOf } from '../services.ts';
import type { DeliveryRun } from '../stores/delivery-record.ts';
import type { Run } from '../stores/run-store.ts';
import { jobServicesOf } from './job-services.ts';
import { runBatch } from './run-batch.ts';
import { runDelivery } from './run-delivery.ts';
import { runEvaluation } from './run-evaluation.ts';
import { runFit } from './run-fit.ts';
import { runImport } from './run-import.ts';
import { type JobBody, runJob } from './run-job.ts';
import { runProfile } from './run-profile.ts';

abstract class JobWorkflow extends WorkflowEntrypoint<Env, Run> {
  protected abstract readonly body: JobBody;

  override async run(event: Readonly<WorkflowEvent<Run>>, step: WorkflowStep): Promise<void> {
    const services = jobServicesOf(this.env);
    await runJob(step, event.payload, services, this.body);
    await services.metrics.flush();
  }
}

/** Fits, refits and extensions. */
export class FitWorkflow extends JobWorkflow {
  protected override readonly body = runFit;
}

export class EvaluationWorkflow extends JobWorkflow {
  protected override readonly body = runEvaluation;
}

export class ImportWorkflow extends JobWorkflow {
  protected override readonly body = runImport;
}

export class ProfileWorkflow extends JobWorkflow {
  protected override readonly body = runProfile;
}

export class BatchWorkflow extends JobWorkflow {
  protected override readonly body = runBatch;
}

/** One event for one endpoint. */
export class WebhookWorkflow extends WorkflowEntrypoint<Env, DeliveryRun> {
  override async run(event: Readonly<WorkflowEvent<DeliveryRun>>, step: WorkflowStep): Promise<void> {
    const services = servicesOf(this.env);
    await runDelivery(event.payload, step, services.deliverySources);
    await services.metrics.flush();
  }
}
