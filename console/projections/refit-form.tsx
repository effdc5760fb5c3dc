// Solves again from the stored statistics with other choices: a new version in moments, no picture encoded.

import { useState } from 'preact/hooks';
import type { Projection } from '#shared/contracts/projection.ts';
import { JobProgress } from '../fit/job-progress.tsx';
import { SolveForm } from '../fit/solve-form.tsx';
import { defaultChoices, type SolveChoices, toSolveOptions } from '../fit/solve-options.ts';
import { ErrorNotice } from '../parts/notice.tsx';
import { useAction } from '../parts/use-action.ts';
import { goTo } from '../router.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';

type RefitFormProps = { projection: Projection; maxDimension: number };

export function RefitForm({ projection, maxDimension }: RefitFormProps) {
  const { client } = useSession();
  const [choices, setChoices] = useState(() => startFrom(projection));
  const [jobId, setJobId] = useState<string>();
  const refit = useAction(async () => {
    const { job } = await client.projections.refit(
      projection.id,
      toSolveOptions(choices, projection.heads?.[0]?.templates),
    );
    setJobId(job.id);
  });
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void refit.run();
      }}
    >
      <SolveForm choices={choices} maxDimension={maxDimension} onChange={setChoices} />
      <div class="actions">
        <button type="submit" class="button primary" disabled={refit.isRunning}>
          {strings.refit.start}
        </button>
      </div>
      <ErrorNotice error={refit.error} />
      {jobId !== undefined && (
        <JobProgress
          key={jobId}
          id={jobId}
          onSucceeded={({ subjectId }) => {
            if (subjectId !== undefined) goTo('projections', subjectId);
          }}
        />
      )}
    </form>
  );
}

/** The sliders start at what the present version is. */
function startFrom({ heads }: Projection): SolveChoices {
  const [first] = heads ?? [];
  if (first === undefined) return defaultChoices;
  return {
    ...defaultChoices,
    estimator: first.estimator === 'identity' ? 'auto' : first.estimator,
    lambda: first.lambda,
    template: first.templates?.[0] ?? defaultChoices.template,
    dimension: first.estimator === 'soft' || first.estimator === 'identity' ? undefined : first.dimension,
    heads: (heads ?? []).map(({ head }) => head),
  };
}
