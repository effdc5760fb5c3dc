// How a projection does on the pictures it was fitted on, beside plain CLIP: an evaluation of the service, so that its numbers
// are those of every other evaluation.

import type { ClipIcmClient } from '#client/client.ts';
import type { EvaluationReport } from '#shared/contracts/evaluation.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { formatPercent } from '#shared/figures/format.ts';
import { renderGainWithError } from '#shared/figures/gain.ts';
import type { Table } from '#shared/figures/table.ts';
import { strings } from '../strings.ts';

type EvaluateOptions = {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
};

export async function evaluateOnOwnPictures(
  client: ClipIcmClient,
  projection: Projection,
  { signal, onProgress }: EvaluateOptions,
): Promise<EvaluationReport> {
  const request = { projection: projection.id, datasets: datasetsOf(projection) };
  const { job, evaluation } = await client.evaluations.create(request, { signal });
  await client.jobs.wait(job.id, {
    signal,
    onProgress: ({ progress }) => onProgress(progress.done, progress.total),
  });
  const { report } = await client.evaluations.get(evaluation.id, { signal });
  if (report === undefined) throw new Error('The evaluation has ended without a report.');
  return report;
}

/** Ids of those that are still there. */
export function datasetsOf({ datasets }: Projection): string[] {
  return datasets.filter(({ deleted }) => deleted !== true).map(({ id }) => id);
}

export function environmentTable({ environments, macro }: EvaluationReport): Table {
  const text = strings.report;
  const row = (name: string, { clip, projection, difference }: EvaluationReport['macro']) => ({
    name,
    cells: [
      formatPercent(clip.accuracy),
      formatPercent(projection.accuracy),
      difference === undefined ? '' : renderGainWithError(difference.accuracy, difference.standardError),
    ],
  });
  return {
    caption: text.byEnvironment,
    columns: [
      strings.fit.environment,
      text.accuracy(strings.try.sides.clip),
      text.accuracy(text.projection),
      text.gainPoints,
    ],
    rows: [
      ...environments.map(({ name, ...scores }) => row(name, scores)),
      { ...row(text.mean, macro), strong: true, separated: true },
    ],
  };
}
