// One profile: how many pictures it knows, how it looks to a projection, and the way to be rid of it.

import { useState } from 'preact/hooks';
import type { Environment, EnvironmentDetail, EnvironmentFit } from '#shared/contracts/environment.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { formatCount, formatNumber } from '#shared/figures/format.ts';
import { renderTable } from '#shared/figures/table.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Figure } from '../parts/figure.tsx';
import { formatTime } from '../parts/format.ts';
import { ErrorNotice } from '../parts/notice.tsx';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { isUsable } from '../try/use-try.ts';
import { useRemote } from '../use-remote.ts';

type ProfileRowProps = {
  environment: Environment;
  projection: Projection | undefined;
  onDeleted: () => void;
};

type HeadFit = EnvironmentFit['heads'][number];

export function ProfileRow({ environment, projection, onDeleted }: ProfileRowProps) {
  const { name, pictures, updatedAt, revision } = environment;
  const detail = useFit(environment, projection);
  const heads = detail.value?.fit?.heads ?? [];
  const columns = strings.environments.columns;
  const isOther = projection !== undefined && projection.model?.id !== environment.model.id;
  return (
    <>
      <tr key={revision}>
        <th scope="row">
          {name}
          {isOther && <small class="faint"> {strings.environments.otherModel}</small>}
        </th>
        <td data-label={columns.pictures}>{formatCount(pictures)}</td>
        <td data-label={columns.changed}>
          <time dateTime={updatedAt}>{formatTime(updatedAt)}</time>
        </td>
        <td data-label={columns.use}>{heads.length > 0 && <Use heads={heads} />}</td>
        <td data-label={columns.spread}>
          <Spread head={heads[0]} />
        </td>
        <td data-label={columns.nearest}>{nearest(heads[0])}</td>
        <td>
          <DeleteButton name={name} onDeleted={onDeleted} />
        </td>
      </tr>
      {(detail.error !== undefined || heads[0] !== undefined) && (
        <tr class="profile-detail">
          <td colSpan={7}>
            <ErrorNotice error={detail.error} onRetry={detail.reload} />
            {heads[0] !== undefined && <Distances name={name} heads={heads} />}
          </td>
        </tr>
      )}
    </>
  );
}

/** How the profile looks to the projection, where it can be told at all. */
function useFit(environment: Environment, projection: Projection | undefined) {
  const { client } = useSession();
  const { name, revision } = environment;
  const id = isUsable(environment, projection) ? projection?.id : undefined;
  return useRemote<EnvironmentDetail | undefined>(
    async (signal) =>
      id === undefined ? undefined : client.environments.get(name, { projection: id, signal }),
    [client, name, revision, id],
  );
}

function Use({ heads }: { heads: readonly HeadFit[] }) {
  const used = heads.filter(({ mode }) => mode === 'profiled').map(({ head }) => head);
  return <>{used.length === 0 ? strings.environments.usedByNone : used.join(', ')}</>;
}

function Spread({ head }: { head: HeadFit | undefined }) {
  if (head?.answeredClasses === undefined) return null;
  const text = strings.environments;
  const own = formatNumber(Number(head.answeredClasses.toPrecision(2)));
  const sources =
    head.sourceClasses === undefined ? '' : formatNumber(Number(head.sourceClasses.toPrecision(2)));
  return (
    <span title={text.skewHint(own, sources)}>
      {text.spread(own, sources)} {head.skewed && <span class="badge badge-skewed">{text.skewed}</span>}
    </span>
  );
}

function nearest(head: HeadFit | undefined): string | undefined {
  const [first] = (head?.distances ?? []).toSorted((a, b) => a.kept - b.kept);
  return first && strings.environments.nearest(first.source, formatNumber(first.kept));
}

function Distances({ name, heads }: { name: string; heads: readonly HeadFit[] }) {
  const text = strings.environments;
  const columns = heads.flatMap(({ head, distances }) => [
    `${head}, ${text.kept}`,
    ...(distances.some(({ dropped }) => dropped !== undefined) ? [`${head}, ${text.dropped}`] : []),
  ]);
  const rows = (heads[0]?.distances ?? []).map(({ source }) => ({
    name: source,
    cells: heads.flatMap(({ distances }) => cellsOf(distances, source)),
  }));
  return (
    <details class="more">
      <summary>{text.distances}</summary>
      <p class="hint">{text.distanceHint}</p>
      <Figure
        markup={renderTable({ caption: text.distancesOf(name), columns: [text.source, ...columns], rows })}
      />
    </details>
  );
}

function cellsOf(distances: HeadFit['distances'], source: string): string[] {
  const own = distances.find((candidate) => candidate.source === source);
  const hasDropped = distances.some(({ dropped }) => dropped !== undefined);
  const format = (value: number | undefined) => (value === undefined ? '' : formatNumber(value));
  return [format(own?.kept), ...(hasDropped ? [format(own?.dropped)] : [])];
}

function DeleteButton({ name, onDeleted }: { name: string; onDeleted: () => void }) {
  const { client } = useSession();
  const [isDeleting, setDeleting] = useState(false);
  return (
    <>
      <button type="button" class="button quiet small" onClick={() => setDeleting(true)}>
        {strings.common.delete}
      </button>
      {isDeleting && (
        <ConfirmDialog
          title={strings.environments.deleteTitle(name)}
          confirmLabel={strings.common.delete}
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await client.environments.delete(name);
            onDeleted();
          }}
        >
          {strings.environments.deleteWarning}
        </ConfirmDialog>
      )}
    </>
  );
}
