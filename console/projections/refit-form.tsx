// Solves again from the stored statistics with other choices: a new version in moments, no picture encoded.

import { useState } from 'preact/hooks';
import type { SolveOptions } from '#shared/contracts/fit.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { JobProgress } from '../fit/job-progress.tsx';
import { SolveForm } from '../fit/solve-form.tsx';
import { choicesOf, toSolveOptions } from '../fit/solve-options.ts';
import { ErrorNotice } from '../parts/notice.tsx';
import { useAction } from '../parts/use-action.ts';
import { goTo } from '../router.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { useRemote } from '../use-remote.ts';

/** As many as one page has; more are not counted. */
const listedCorrections = 100;

type RefitFormProps = { projection: Projection; asked: SolveOptions; maxDimension: number };

export function RefitForm({ projection, asked, maxDimension }: RefitFormProps) {
  const { client } = useSession();
  const [choices, setChoices] = useState(() => choicesOf(asked));
  const [jobId, setJobId] = useState<string>();
  const corrections = useRemote(
    (signal) => client.corrections.of(projection.name).page({ limit: listedCorrections, signal }),
    [client, projection.name],
  );
  const [takesCorrections, setTakesCorrections] = useState(true);
  const corrected = corrections.value?.items.length ?? 0;
  const refit = useAction(async () => {
    const { job } = await client.projections.refit(projection.id, {
      ...toSolveOptions(choices, asked),
      ...(corrected > 0 && takesCorrections ? { corrections: true } : {}),
    });
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
      <SolveForm
        choices={choices}
        maxDimension={maxDimension}
        found={projection.heads?.[0]}
        onChange={setChoices}
      />
      {corrected > 0 && (
        <label class="check">
          <input
            type="checkbox"
            checked={takesCorrections}
            onChange={(event) => setTakesCorrections(event.currentTarget.checked)}
          />
          {strings.refit.takeCorrections(corrected, corrections.value?.nextCursor !== undefined)}
        </label>
      )}
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
