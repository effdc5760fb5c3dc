// Which datasets to fit on: tick those there are, or make a new one.

import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Dataset } from '#shared/contracts/dataset.ts';
import { formatCount } from '#shared/figures/format.ts';
import { ConfirmButton } from '../parts/confirm-button.tsx';
import { formatBytes } from '../parts/format.ts';
import { Loading } from '../parts/loading.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { OfRow } from '../parts/of-row.tsx';
import { type Outcome, OutcomeNotice } from '../parts/outcome.tsx';
import { hrefOf } from '../router.ts';
import { useRights } from '../session/rights.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import type { Remote } from '../use-remote.ts';
import { NewDataset } from './new-dataset.tsx';

type DatasetChoiceProps = {
  datasets: Remote<readonly Dataset[]>;
  chosen: readonly string[];
  onChange: (ids: readonly string[]) => void;
  /** Called with the pictures of a folder once it has been read, and with none once they are uploaded or put away. */
  onFound: (files: readonly File[]) => void;
  /** What is offered to whoever has no pictures. */
  samples: ComponentChildren;
};

export function DatasetChoice({ datasets, chosen, onChange, onFound, samples }: DatasetChoiceProps) {
  const [isAdding, setAdding] = useState(false);
  // Of the last upload: its form is gone when it is done, and what could not be taken is still to be read.
  const [outcome, setOutcome] = useState<Outcome>();
  const all = datasets.value ?? [];
  const adding = isAdding || (datasets.value !== undefined && all.length === 0 && outcome === undefined);
  const maker = useRef<HTMLDivElement>(null);
  // In place of the button that asked for it.
  useLayoutEffect(() => {
    if (isAdding) maker.current?.querySelector('input')?.focus();
  }, [isAdding]);
  return (
    <div class="stack">
      <ErrorNotice error={datasets.error} onRetry={datasets.reload} />
      {datasets.isLoading && datasets.value === undefined && <Loading />}
      {all.length > 0 && (
        <ul class="rows">
          {all.map((dataset) => (
            <DatasetRow
              key={dataset.id}
              dataset={dataset}
              isChosen={chosen.includes(dataset.id)}
              onToggle={(isOn) =>
                onChange(isOn ? [...chosen, dataset.id] : chosen.filter((id) => id !== dataset.id))
              }
              onDeleted={() => {
                setOutcome(undefined);
                onChange(chosen.filter((id) => id !== dataset.id));
                datasets.reload();
              }}
            />
          ))}
        </ul>
      )}
      {outcome !== undefined && <OutcomeNotice outcome={outcome} />}
      {adding ? (
        <div ref={maker}>
          <NewDataset
            taken={all}
            onFound={onFound}
            samples={samples}
            onDone={(dataset, came) => {
              setAdding(false);
              setOutcome(came);
              onChange([...new Set([...chosen, dataset.id])]);
              datasets.reload();
            }}
          />
        </div>
      ) : (
        <p>
          <button
            type="button"
            class="button"
            onClick={() => {
              setAdding(true);
              setOutcome(undefined);
            }}
          >
            {strings.fit.addDataset}
          </button>
        </p>
      )}
    </div>
  );
}

type DatasetRowProps = {
  dataset: Dataset;
  isChosen: boolean;
  onToggle: (isOn: boolean) => void;
  onDeleted: () => void;
};

function DatasetRow({ dataset, isChosen, onToggle, onDeleted }: DatasetRowProps) {
  const { client } = useSession();
  const { may } = useRights();
  const { name, pictures, bytes, environments, classes } = dataset;
  return (
    <li class="row-item">
      <label class="row-main">
        <input
          type="checkbox"
          checked={isChosen}
          onChange={(event) => onToggle(event.currentTarget.checked)}
        />
        <span>
          <strong>{name}</strong>
          <small>
            {strings.fit.datasetFacts(
              formatCount(pictures),
              environments.length,
              classes.length,
              formatBytes(bytes),
            )}
          </small>
          <small class="faint">{environments.map((environment) => environment.name).join(', ')}</small>
        </span>
      </label>
      {pictures > 0 && may('classify') && (
        <a class="button quiet small" href={hrefOf('batches', 'new', dataset.id)}>
          {strings.batches.classifyAll}
          <OfRow what={name} />
        </a>
      )}
      <ConfirmButton
        label={strings.common.delete}
        look="quiet small"
        of={name}
        title={strings.fit.deleteDataset(name)}
        told={strings.common.deleted(name)}
        onConfirm={async () => {
          await client.datasets.delete(dataset.id);
          onDeleted();
        }}
      >
        {strings.fit.deleteDatasetWarning(formatCount(pictures))}
      </ConfirmButton>
    </li>
  );
}
