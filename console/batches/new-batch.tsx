// What to classify and by what: a dataset, a projection or plain CLIP, profiles, and when to abstain.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Dataset } from '#shared/contracts/dataset.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { formatCount } from '#shared/figures/format.ts';
import { Loading } from '../parts/loading.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { useAction } from '../parts/use-action.ts';
import { goTo, hrefOf } from '../router.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { collect, useRemote } from '../use-remote.ts';

const text = strings.batches;

type Profiles = 'none' | 'by-item';

export function NewBatch({ datasetId }: { datasetId: string | undefined }) {
  const { client } = useSession();
  const choices = useRemote(
    async (signal) => {
      const [datasets, projections] = await Promise.all([
        collect(client.datasets.list({ limit: 100, signal })),
        collect(client.projections.list({ limit: 100, signal })),
      ]);
      const filled = datasets.filter(({ pictures }) => pictures > 0);
      return { datasets: filled, projections: projections.filter(({ status }) => status === 'ready') };
    },
    [client],
  );
  const [chosenDataset, chooseDataset] = useState(datasetId);
  if (choices.value === undefined) {
    return choices.isLoading ? <Loading /> : <ErrorNotice error={choices.error} onRetry={choices.reload} />;
  }
  const { datasets, projections } = choices.value;
  const dataset = datasets.find(({ id }) => id === chosenDataset) ?? datasets[0];
  if (dataset === undefined) {
    return (
      <p class="hint">
        {text.noDataset} <a href={hrefOf('fit')}>{text.makeDataset}</a>
      </p>
    );
  }
  return (
    <BatchForm
      dataset={dataset}
      datasets={datasets}
      projections={projections}
      onChooseDataset={chooseDataset}
    />
  );
}

type BatchFormProps = {
  dataset: Dataset;
  datasets: readonly Dataset[];
  projections: readonly Projection[];
  onChooseDataset: (id: string) => void;
};

function BatchForm({ dataset, datasets, projections, onChooseDataset }: BatchFormProps) {
  const { by, how, hasModes, lacksLabels, start } = useBatch(dataset, projections);
  return (
    <form
      class="stack new-batch"
      onSubmit={(event) => {
        event.preventDefault();
        void start.run();
      }}
    >
      <div class="row">
        <Choice label={text.dataset} value={dataset.id} onChoose={onChooseDataset}>
          {datasets.map(({ id, name, pictures }) => (
            <option key={id} value={id}>
              {text.datasetOption(name, formatCount(pictures))}
            </option>
          ))}
        </Choice>
        <Choice label={text.by} value={by.projection?.id ?? ''} onChoose={by.choose}>
          {projections.map(({ id, name, version }) => (
            <option key={id} value={id}>
              {strings.projections.versionOf(name, version)}
            </option>
          ))}
          <option value="">{text.plainClipWithClasses}</option>
        </Choice>
      </div>
      <div class="row">
        <Choice
          label={text.profiles}
          value={hasModes ? how.profiles : 'none'}
          isDisabled={!hasModes}
          onChoose={(chosen) => how.setProfiles(chosen === 'none' ? 'none' : 'by-item')}
        >
          <option value="by-item">{text.profilesByItem}</option>
          <option value="none">{text.profilesNone}</option>
        </Choice>
        <label class="field">
          <span>{text.abstain}</span>
          <input
            type="number"
            min="0"
            max="100"
            value={how.percent}
            onInput={(event) => how.setPercent(Number(event.currentTarget.value))}
          />
        </label>
        <button type="submit" class="button primary" disabled={start.isRunning || lacksLabels}>
          {text.start(formatCount(dataset.pictures))}
        </button>
      </div>
      {lacksLabels && <p class="hint">{text.noLabels}</p>}
      <ErrorNotice error={start.error} />
    </form>
  );
}

/** What the batch is asked with, as it is chosen: the version that answers by default, until another or plain CLIP is. */
function useBatch(dataset: Dataset, projections: readonly Projection[]) {
  const { client } = useSession();
  const [chosen, choose] = useState<string>();
  const [profiles, setProfiles] = useState<Profiles>('by-item');
  const [percent, setPercent] = useState(0);
  const projection =
    chosen === ''
      ? undefined
      : (projections.find(({ id }) => id === chosen) ?? projections.find(({ current }) => current));
  const hasModes = projection?.heads?.[0]?.modes !== undefined;
  const labels = dataset.classes.map(({ name }) => name);
  const start = useAction(async () => {
    const { batch } = await client.classifyBatch({
      from: { dataset: dataset.id },
      ...(projection === undefined ? { labels } : { projection: projection.id }),
      ...(profiles === 'by-item' && hasModes ? { environments: 'by-item' as const } : {}),
      abstainBelow: percent / 100,
    });
    goTo('batches', batch.id);
  });
  return {
    by: { projection, choose },
    how: { profiles, setProfiles, percent, setPercent },
    hasModes,
    lacksLabels: projection === undefined && labels.length === 0,
    start,
  };
}

type ChoiceProps = {
  label: string;
  value: string;
  isDisabled?: boolean;
  onChoose: (value: string) => void;
  children: ComponentChildren;
};

function Choice({ label, value, isDisabled = false, onChoose, children }: ChoiceProps) {
  return (
    <label class="field grow">
      <span>{label}</span>
      <select value={value} disabled={isDisabled} onChange={(event) => onChoose(event.currentTarget.value)}>
        {children}
      </select>
    </label>
  );
}
