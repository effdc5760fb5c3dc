// One profile: how many pictures it knows, how it looks to a projection, and the way to be rid of it.

import type { Environment } from '#shared/contracts/environment.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { formatCount, formatNumber } from '#shared/figures/format.ts';
import { ConfirmButton } from '../parts/confirm-button.tsx';
import { formatTime } from '../parts/format.ts';
import { useRights } from '../session/rights.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import type { HeadFit } from './use-fits.ts';

type ProfileRowProps = {
  environment: Environment;
  projection: Projection | undefined;
  /** How it looks to the projection; of none where it cannot be told. */
  heads: readonly HeadFit[];
  onDeleted: () => void;
};

export function ProfileRow({ environment, projection, heads, onDeleted }: ProfileRowProps) {
  const { name, pictures, updatedAt } = environment;
  const text = strings.environments;
  const { may } = useRights();
  const isOther = projection !== undefined && projection.model?.id !== environment.model.id;
  return (
    <tr>
      <th scope="row">
        {name}
        {isOther && <small class="faint"> {text.otherModel}</small>}
      </th>
      <td data-label={text.columns.pictures}>{formatCount(pictures)}</td>
      <td data-label={text.columns.changed}>
        <time dateTime={updatedAt}>{formatTime(updatedAt)}</time>
      </td>
      <td data-label={text.columns.use}>{heads.length > 0 ? usedBy(heads) : null}</td>
      <td data-label={text.columns.spread}>{heads[0] && <Spread head={heads[0]} />}</td>
      <td class="wrap" data-label={text.columns.nearest}>
        {heads[0] && nearest(heads[0])}
      </td>
      <td>{may('projections') && <DeleteButton name={name} onDeleted={onDeleted} />}</td>
    </tr>
  );
}

function usedBy(heads: readonly HeadFit[]): string {
  const used = heads.filter(({ mode }) => mode === 'profiled').map(({ head }) => head);
  return used.length === 0 ? strings.environments.usedByNone : used.join(', ');
}

function Spread({ head }: { head: HeadFit }) {
  const text = strings.environments;
  if (head.answeredClasses === undefined) return <>{text.unknown}</>;
  const own = formatNumber(Number(head.answeredClasses.toPrecision(2)));
  const sources =
    head.sourceClasses === undefined ? '' : formatNumber(Number(head.sourceClasses.toPrecision(2)));
  return (
    <>
      {text.spread(own, sources)} {head.skewed && <span class="badge badge-skewed">{text.skewed}</span>}
    </>
  );
}

function nearest({ distances }: HeadFit): string | null {
  const [first] = distances.toSorted((a, b) => a.kept - b.kept);
  return first === undefined ? null : strings.environments.nearest(first.source, formatNumber(first.kept));
}

function DeleteButton({ name, onDeleted }: { name: string; onDeleted: () => void }) {
  const { client } = useSession();
  return (
    <ConfirmButton
      label={strings.common.delete}
      look="quiet small"
      of={name}
      title={strings.environments.deleteTitle(name)}
      told={strings.common.deleted(name)}
      onConfirm={async () => {
        await client.environments.delete(name);
        onDeleted();
      }}
    >
      {strings.environments.deleteWarning}
    </ConfirmButton>
  );
}
