// Fit: pictures, interventions, how to solve, a name; then the job, and the report of what came of it.

import { useState } from 'preact/hooks';
import type { PictureInterventionName } from '#shared/contracts/intervention.ts';
import { pictureInterventionNames } from '#shared/contracts/intervention-defaults.ts';
import { defaultTemplate } from '#shared/contracts/names.ts';
import { nameRules } from '../parts/name-rules.ts';
import { ErrorNotice } from '../parts/notice.tsx';
import { Page, Section } from '../parts/page.tsx';
import { useAction } from '../parts/use-action.ts';
import { goOnTo, goTo, hrefOf } from '../router.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { collect, useRemote } from '../use-remote.ts';
import { DatasetChoice } from './dataset-choice.tsx';
import { FitSamples } from './fit-samples.tsx';
import { InterventionPicker } from './intervention-picker.tsx';
import { JobProgress } from './job-progress.tsx';
import { SolveForm } from './solve-form.tsx';
import { defaultChoices, toSolveOptions, usesDimension } from './solve-options.ts';
import { usePreview } from './use-preview.ts';

/** Where the model does not say: ViT-B's d. The service refuses a k that does not fit. */
const largestDimension = 512;

const solveTerms = ['selection', 'plain CLIP', 'estimator', 'λ′', 'k', 'head', 'template'] as const;

const nothingFound: readonly File[] = [];

export function FitScreen({ jobId }: { jobId: string | undefined }) {
  return jobId === undefined ? <FitForm /> : <FitJob id={jobId} />;
}

function FitJob({ id }: { id: string }) {
  const [hasEnded, setEnded] = useState(false);
  return (
    <Page title={strings.fit.jobTitle} lead={strings.fit.jobLead}>
      <JobProgress
        id={id}
        onSucceeded={({ subjectId }) => {
          if (subjectId !== undefined) goOnTo('projections', subjectId);
        }}
        onEnded={() => setEnded(true)}
      />
      {hasEnded ? (
        <p>
          <a class="button" href={hrefOf('fit')}>
            {strings.fit.again}
          </a>
        </p>
      ) : (
        <p class="hint">
          {strings.fit.jobLeave} <a href={hrefOf('projections')}>{strings.projections.title}</a>
        </p>
      )}
    </Page>
  );
}

function FitForm() {
  const { client } = useSession();
  const datasets = useRemote((signal) => collect(client.datasets.list({ limit: 100, signal })), [client]);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [interventions, setInterventions] =
    useState<readonly PictureInterventionName[]>(pictureInterventionNames);
  const [choices, setChoices] = useState(defaultChoices);
  const [typedName, setName] = useState<string>();
  const [found, setFound] = useState<readonly File[]>(nothingFound);
  const known = chosen.filter((id) => datasets.value?.some((dataset) => dataset.id === id));
  const preview = usePreview(found, known[0]);
  const maxDimension = useModelDimension(usesDimension(choices.estimator));
  // Until one is typed: most projections are called like what they were fitted on.
  const name = typedName ?? datasets.value?.find(({ id }) => id === known[0])?.name ?? '';
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
    <Page title={strings.fit.title} lead={strings.fit.lead} terms={['projection', 'embedding']}>
      {/* Stands apart from its fields: the dataset step has forms of its own. */}
      <form
        id="fit"
        hidden
        onSubmit={(event) => {
          event.preventDefault();
          void fit.run();
        }}
      />
      <Section
        number={1}
        title={strings.fit.picturesTitle}
        lead={strings.fit.picturesLead}
        terms={['environment', 'class']}
      >
        <DatasetChoice
          datasets={datasets}
          chosen={known}
          onChange={setChosen}
          onFound={setFound}
          samples={<FitSamples interventions={interventions} choices={choices} />}
        />
      </Section>
      <Section
        number={2}
        title={strings.fit.interventionsTitle}
        lead={strings.fit.interventionsLead}
        terms={['intervention']}
      >
        <InterventionPicker
          picture={preview.picture}
          chosen={interventions}
          onChange={setInterventions}
          onAnother={preview.showAnother}
        />
      </Section>
      <Section number={3} title={strings.fit.solveTitle} lead={strings.fit.solveLead} terms={solveTerms}>
        <SolveForm choices={choices} maxDimension={maxDimension} onChange={setChoices} />
      </Section>
      <Section number={4} title={strings.fit.nameTitle} lead={strings.fit.nameLead}>
        <NameAndStart name={name} onName={setName} isDisabled={fit.isRunning || known.length === 0} />
        {known.length === 0 && <p class="hint">{strings.fit.needsDataset}</p>}
        {interventions.length === 0 && <p class="hint">{strings.fit.noIntervention}</p>}
        <ErrorNotice error={fit.error} />
      </Section>
    </Page>
  );
}

type NameAndStartProps = { name: string; onName: (name: string) => void; isDisabled: boolean };

function NameAndStart({ name, onName, isDisabled }: NameAndStartProps) {
  return (
    <div class="row">
      <label class="field grow">
        <span>{strings.fit.projectionName}</span>
        <input
          form="fit"
          {...nameRules}
          placeholder={strings.fit.namePlaceholder}
          value={name}
          onInput={(event) => onName(event.currentTarget.value)}
        />
      </label>
      <button form="fit" type="submit" class="button primary" disabled={isDisabled}>
        {strings.fit.start}
      </button>
    </div>
  );
}

/** d of the default model, asked for once it matters: the length of any embedding. */
function useModelDimension(isWanted: boolean): number {
  const { client } = useSession();
  const length = useRemote(
    async (signal) => {
      if (!isWanted) return undefined;
      const { data } = await client.embeddings.create({ input: defaultTemplate }, { signal });
      return data[0]?.embedding.length;
    },
    [client, isWanted],
  );
  return length.value ?? largestDimension;
}
