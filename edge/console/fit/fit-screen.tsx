// Fit: pictures, interventions, how to solve, a name; then the job, and the report of what came of it.

import { useEffect, useState } from 'preact/hooks';
import type { PictureInterventionName } from '#shared/contracts/intervention.ts';
import { ErrorNotice } from '../parts/notice.tsx';
import { Page, Section } from '../parts/page.tsx';
import { useAction } from '../parts/use-action.ts';
import { goTo, hrefOf } from '../router.ts';
import { fetchSample, offeredSamples } from '../samples.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { interventionNames } from '../try/default-interventions.ts';
import { collect, useRemote } from '../use-remote.ts';
import { DatasetChoice } from './dataset-choice.tsx';
import { InterventionPicker } from './intervention-picker.tsx';
import { JobProgress } from './job-progress.tsx';
import { SolveForm } from './solve-form.tsx';
import { defaultChoices, toSolveOptions } from './solve-options.ts';

/** nano-clip's d is 256, ViT-B's 512; the service says when a k does not fit. */
const maxDimension = 512;

export function FitScreen({ jobId }: { jobId: string | undefined }) {
  return jobId === undefined ? <FitForm /> : <FitJob id={jobId} />;
}

function FitJob({ id }: { id: string }) {
  return (
    <Page title={strings.fit.jobTitle} lead={strings.fit.jobLead}>
      <JobProgress
        id={id}
        onSucceeded={({ subjectId }) => {
          if (subjectId !== undefined) goTo('projections', subjectId);
        }}
      />
      <p class="hint">
        {strings.fit.jobLeave} <a href={hrefOf('projections')}>{strings.projections.title}</a>
      </p>
    </Page>
  );
}

function FitForm() {
  const { client } = useSession();
  const datasets = useRemote((signal) => collect(client.datasets.list({ limit: 100, signal })), [client]);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [interventions, setInterventions] = useState<readonly PictureInterventionName[]>(interventionNames);
  const [choices, setChoices] = useState(defaultChoices);
  const [name, setName] = useState('');
  const [preview, setPreview] = usePreviewPicture();
  const known = chosen.filter((id) => datasets.value?.some((dataset) => dataset.id === id));
  const fit = useAction(async () => {
    const accepted = await client.projections.fit({
      name,
      datasets: [...known],
      interventions: [...interventions],
      ...toSolveOptions(choices),
    });
    goTo('fit', accepted.job.id);
  });
  return (
    <Page title={strings.fit.title} lead={strings.fit.lead}>
      {/* Stands apart from its fields: the dataset step has forms of its own. */}
      <form
        id="fit"
        hidden
        onSubmit={(event) => {
          event.preventDefault();
          void fit.run();
        }}
      />
      <Section number={1} title={strings.fit.picturesTitle} lead={strings.fit.picturesLead}>
        <DatasetChoice
          datasets={datasets}
          chosen={known}
          onChange={setChosen}
          onTree={({ files }) => setPreview(files[0]?.file)}
        />
      </Section>
      <Section number={2} title={strings.fit.interventionsTitle} lead={strings.fit.interventionsLead}>
        <InterventionPicker picture={preview} chosen={interventions} onChange={setInterventions} />
      </Section>
      <Section number={3} title={strings.fit.solveTitle} lead={strings.fit.solveLead}>
        <SolveForm choices={choices} maxDimension={maxDimension} onChange={setChoices} />
      </Section>
      <Section number={4} title={strings.fit.nameTitle} lead={strings.fit.nameLead}>
        <div class="row">
          <label class="field grow">
            <span>{strings.fit.projectionName}</span>
            <input
              form="fit"
              required
              pattern="[a-z0-9](?:[a-z0-9._\-]{0,61}[a-z0-9])?"
              title={strings.common.nameRule}
              placeholder={strings.fit.namePlaceholder}
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          </label>
          <button
            form="fit"
            type="submit"
            class="button primary"
            disabled={fit.isRunning || known.length === 0 || interventions.length === 0}
          >
            {strings.fit.start}
          </button>
        </div>
        {known.length === 0 && <p class="hint">{strings.fit.needsDataset}</p>}
        {interventions.length === 0 && <p class="hint">{strings.fit.needsIntervention}</p>}
        <ErrorNotice error={fit.error} />
      </Section>
    </Page>
  );
}

/** A picture to show the interventions on: a sample, until there is one of the user's own. */
function usePreviewPicture(): [Blob | undefined, (picture: Blob | undefined) => void] {
  const [picture, setPicture] = useState<Blob>();
  useEffect(() => {
    const controller = new AbortController();
    const [{ style, concept }] = offeredSamples;
    fetchSample(style, concept, controller.signal).then(
      (sample) => setPicture((last) => last ?? sample),
      // Without a preview the interventions still have their names.
      () => undefined,
    );
    return () => controller.abort();
  }, []);
  return [picture, (next) => next !== undefined && setPicture(next)];
}
