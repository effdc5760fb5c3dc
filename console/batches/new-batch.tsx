// What to classify and by what: a dataset, a projection or plain CLIP, profiles, and when to abstain.

import { useState } from 'preact/hooks';
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
  const [chosenProjection, chooseProjection] = useState<string>();
  const [profiles, setProfiles] = useState<Profiles>('by-item');
  const [percent, setPercent] = useState(0);
  const { datasets = [], projections = [] } = choices.value ?? {};
  const dataset = datasets.find(({ id }) => id === chosenDataset) ?? datasets[0];
  const projection =
    chosenProjection === ''
      ? undefined
      : (projections.find(({ id }) => id === chosenProjection) ?? projections.find(({ current }) => current));
  const hasModes = projection?.heads?.[0]?.modes !== undefined;
  const labels = dataset?.classes.map(({ name }) => name) ?? [];
  const start = useAction(async () => {
    if (dataset === undefined) return;
    const { batch } = await client.classifyBatch({
      from: { dataset: dataset.id },
      ...(projection === undefined ? { labels } : { projection: projection.id }),
      ...(profiles === 'by-item' && hasModes ? { environments: 'by-item' as const } : {}),
      abstainBelow: percent / 100,
    });
    goTo('batches', batch.id);
  });
  if (choices.value === undefined) {
    return choices.isLoading ? <Loading /> : <ErrorNotice error={choices.error} onRetry={choices.reload} />;
  }
  if (dataset === undefined) {
    return (
      <p class="hint">
        {text.noDataset} <a href={hrefOf('fit')}>{text.makeDataset}</a>
      </p>
    );
  }
  const lacksLabels = projection === undefined && labels.length === 0;
  return (
    <form
      class="stack new-batch"
      onSubmit={(event) => {
        event.preventDefault();
        void start.run();
      }}
    >
      <div class="row">
        <label class="field grow">
          <span>{text.dataset}</span>
          <select value={dataset.id} onChange={(event) => chooseDataset(event.currentTarget.value)}>
            {datasets.map(({ id, name, pictures }) => (
              <option key={id} value={id}>
                {text.datasetOption(name, formatCount(pictures))}
              </option>
            ))}
          </select>
        </label>
        <label class="field grow">
          <span>{text.by}</span>
          <select
            value={projection?.id ?? ''}
            onChange={(event) => chooseProjection(event.currentTarget.value)}
          >
            {projections.map(({ id, name, version }) => (
              <option key={id} value={id}>
                {strings.projections.versionOf(name, version)}
              </option>
            ))}
            <option value="">{text.plainClipWithClasses}</option>
          </select>
        </label>
      </div>
      <div class="row">
        <label class="field grow">
          <span>{text.profiles}</span>
          <select
            value={hasModes ? profiles : 'none'}
            disabled={!hasModes}
            onChange={(event) => setProfiles(event.currentTarget.value === 'none' ? 'none' : 'by-item')}
          >
            <option value="by-item">{text.profilesByItem}</option>
            <option value="none">{text.profilesNone}</option>
          </select>
        </label>
        <label class="field">
          <span>{text.abstain}</span>
          <input
            type="number"
            min="0"
            max="100"
            value={percent}
            onInput={(event) => setPercent(Number(event.currentTarget.value))}
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
