// The last steps of a fit: solving, and making the projection ready in one transaction. Either can be repeated: the artefact
// is written under the projection's own name, and a second transaction finds nothing left to do.

import { type AppError, appError } from '#shared/app-error.ts';
import { type Artefact, decodeArtefact } from '#shared/codec/icm-file.ts';
import type { CorrectionsReport } from '#shared/contracts/correction.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { SolveFailure } from '../clients/gpu-worker.ts';
import type { Services } from '../services.ts';
import { objectKeys } from '../stores/object-keys.ts';
import { correctionsPart, type Part } from '../stores/projection-record.ts';
import type { Run } from '../stores/run-store.ts';
import { decideRelease } from '../use-cases/decide-release.ts';
import { describeArtefact } from '../use-cases/describe-artefact.ts';
import { scoreCorrections } from '../use-cases/score-corrections.ts';
import { chargeJob } from './charge-job.ts';
import { readCorrections } from './fit-corrections.ts';
import type { FitInput } from './job-inputs.ts';
import { jobCall } from './job-step.ts';

export async function solve(
  run: Run,
  input: FitInput,
  statisticsKey: string,
  services: Services,
  signal: AbortSignal,
): Promise<Result<true, AppError<SolveFailure | 'quota-exceeded'>>> {
  const { worker, statistics, objects } = services;
  const ref = await statistics.find(statisticsKey);
  if (ref === undefined) return err(appError('conflict', 'The statistics have been deleted.'));
  const { sha256, byteLength } = ref;
  const head = {
    model: input.model,
    solve: input.solve,
    createdAt: input.createdAt,
    items: [{ sha256, byteLength }],
  };
  const frames = [{ byteLength, open: () => objects.open(statisticsKey) }];
  const answer = await chargeJob(run, undefined, services)(
    { texts: 0 },
    () => worker.solve(head, frames, jobCall(run, signal)),
    { told: ({ texts }) => ({ texts }) },
  );
  if (!answer.ok) return answer;
  await objects.put(objectKeys.artefact(run.tenantId, input.projectionId), answer.value.bytes);
  return ok(true);
}

/** Whether it was this run that published; false where it is no longer wanted. */
export async function publish(
  run: Run,
  input: FitInput,
  made: { readonly parts: readonly Part[]; readonly statisticsKey: string },
  services: Services,
  nowMs: number,
): Promise<Result<boolean, AppError<'busy' | 'invalid-artefact'>>> {
  const { projections, jobs, runs, objects, batch, projectionCache } = services;
  const bytes = await objects.get(objectKeys.artefact(run.tenantId, input.projectionId));
  const artefact = bytes && (await decodeArtefact(bytes));
  if (bytes === undefined || artefact === undefined) throw new Error(`job ${run.jobId} has made no artefact`);
  if (!artefact.ok) return artefact;
  const corrections = await scoreTaken(run, input, artefact.value, services);
  const described = describeArtefact(artefact.value.header, bytes.byteLength);
  const publication = { ...described, ...made, ...(corrections === undefined ? {} : { corrections }) };
  // The wish may change while it is looked at: then nothing is published, and it is looked at again.
  for (let attempt = 0; attempt < maxWishes; attempt++) {
    const job = await jobs.find(run.tenantId, run.jobId);
    const version = { id: input.projectionId, record: artefact.value };
    const act = { actor: run.jobId, requestId: run.jobId, nowMs };
    const release = await decideRelease(run.tenantId, version, job?.release ?? 'auto', services, act);
    if (!release.ok) return release;
    if (release.value === undefined) return ok(false);
    const results = await batch([
      ...projections.publishStatements(
        { ...run, wish: job?.release },
        input.projectionId,
        publication,
        release.value,
        nowMs,
      ),
      runs.finishPublishedStatement(run, job?.release, nowMs),
    ]);
    if ((results.at(-1)?.meta.changes ?? 0) > 0) {
      await projectionCache.forget(run.tenantId, []);
      return ok(true);
    }
    if ((await jobs.find(run.tenantId, run.jobId))?.release === job?.release) break;
  }
  return ok(false);
}

const maxWishes = 10;

/** How the version does on the corrections that it took in, where it did. */
async function scoreTaken(
  run: Run,
  { corrections }: FitInput,
  after: Artefact,
  { objects, projections }: Services,
): Promise<CorrectionsReport | undefined> {
  if (corrections === undefined) return undefined;
  const taken = await readCorrections(run, { objects });
  if (taken === undefined) return undefined;
  const base = await projections.find(run.tenantId, { id: corrections.base });
  const bytes = await objects.get(objectKeys.artefact(run.tenantId, corrections.base));
  const before = bytes && (await decodeArtefact(bytes));
  const { head, ofOtherModel, embeddings } = taken;
  const { rows, classes, environments } = head;
  const hadCorrections = base?.parts.some(({ datasetId }) => datasetId === correctionsPart) ?? false;
  return scoreCorrections(
    { embeddings, rows, classes, environments, ofOtherModel },
    after,
    before?.ok ? before.value : undefined,
    hadCorrections,
  );
}
