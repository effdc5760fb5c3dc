// The sample pictures, from nothing to a running fit in one go: fetched, uploaded, fitted, under one name.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { ClipIcmClient } from '#client/client.ts';
import type { Dataset } from '#shared/contracts/dataset.ts';
import type { PictureInterventionName } from '#shared/contracts/intervention.ts';
import { ErrorNotice } from '../parts/notice.tsx';
import { Progress } from '../parts/progress-bar.tsx';
import { useAction } from '../parts/use-action.ts';
import { goTo } from '../router.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { fetchSampleTree, sampleTemplate } from './sample-tree.ts';
import { type SolveChoices, toSolveOptions } from './solve-options.ts';
import { uploadTree } from './upload.ts';

/** Of the dataset and of the projection. */
const samplesName = 'samples';

type FitSamplesProps = { interventions: readonly PictureInterventionName[]; choices: SolveChoices };

export function FitSamples({ interventions, choices }: FitSamplesProps) {
  const { client } = useSession();
  const [step, setStep] = useState<{ label: string; done: number; total: number }>();
  const controller = useRef<AbortController>();
  useEffect(() => () => controller.current?.abort(), []);
  const fit = useAction(async () => {
    controller.current = new AbortController();
    const { signal } = controller.current;
    const text = strings.fit;
    const tree = await fetchSampleTree(
      (done, total) => setStep({ label: text.fetchingSamples, done, total }),
      signal,
    );
    const dataset = await getOrCreateDataset(client, samplesName);
    const { skipped } = await uploadTree(client, dataset.id, tree.files, {
      signal,
      onProgress: ({ done, total }) => setStep({ label: text.uploadingSamples, done, total }),
    });
    if (skipped.length > 0) throw new Error(text.skipped(skipped.length));
    const { job } = await client.projections.fit({
      name: samplesName,
      datasets: [dataset.id],
      interventions: [...interventions],
      ...toSolveOptions({ ...choices, template: sampleTemplate }),
    });
    goTo('fit', job.id);
  });
  return (
    <div class="stack-tight">
      <p class="hint beside">
        {strings.fit.orSamples}
        <button type="button" class="button small" disabled={fit.isRunning} onClick={() => void fit.run()}>
          {strings.fit.useSamples}
        </button>
      </p>
      {fit.isRunning && step !== undefined && (
        <Progress {...step}>{strings.fit.sampleStep(step.label, step.done, step.total)}</Progress>
      )}
      <ErrorNotice error={fit.error} />
    </div>
  );
}

/** The one of this name, which an attempt that broke may have left, or a new one. */
export async function getOrCreateDataset(client: ClipIcmClient, name: string): Promise<Dataset> {
  for await (const dataset of client.datasets.list({ limit: 100 })) if (dataset.name === name) return dataset;
  return client.datasets.create({ name });
}
