// Projections: every name with its versions; from here to one version, or to two side by side.

import { useState } from 'preact/hooks';
import type { Alias } from '#client/resources/projections.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { ColumnHeads } from '../parts/column-heads.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { formatTime } from '../parts/format.ts';
import { Loading } from '../parts/loading.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { Page } from '../parts/page.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { type UnderWay, useTellEnds } from '../parts/told.tsx';
import { goTo, hrefOf } from '../router.ts';
import { useRights } from '../session/rights.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { collect, useReloadWhile, useRemote } from '../use-remote.ts';
import { Profiled, Unprofiled } from './mode-cell.tsx';
import { ShadowView } from './shadow-view.tsx';
import { UploadArtefact } from './upload-artefact.tsx';

export function ProjectionsScreen() {
  const { client } = useSession();
  const { may } = useRights();
  const projections = useRemote(
    (signal) => collect(client.projections.list({ limit: 100, signal })),
    [client],
  );
  useReloadWhile(projections.value?.some(({ status }) => status === 'fitting') === true, projections.reload);
  useTellEnds((projections.value ?? []).map(endOf));
  const mayMove = may('projections');
  const aliases = useRemote(
    async (signal) => (mayMove ? client.projections.aliases({ signal }) : []),
    [client, mayMove],
  );
  const [compared, setCompared] = useState<readonly string[]>([]);
  const groups = [...Map.groupBy(projections.value ?? [], ({ name }) => name)];
  const toggle = (id: string, isOn: boolean) =>
    // The two chosen last are compared.
    setCompared(isOn ? [...compared, id].slice(-2) : compared.filter((other) => other !== id));
  const [first, second] = compared;
  const canCompare = (projections.value?.filter(({ status }) => status === 'ready').length ?? 0) > 1;
  return (
    <Page
      title={strings.projections.title}
      lead={strings.projections.lead}
      terms={['projection', 'profile', 'plain CLIP', 'candidate', 'shadow']}
      actions={
        may('projections') && (
          <>
            <UploadArtefact onUploaded={projections.reload} />
            {canCompare && (
              <button
                type="button"
                class="button"
                disabled={second === undefined}
                onClick={() =>
                  first !== undefined && second !== undefined && goTo('projections', 'compare', first, second)
                }
              >
                {strings.projections.compareCount(compared.length)}
              </button>
            )}
            {may('datasets') && projections.value?.length !== 0 && (
              <a class="button primary" href={hrefOf('fit')}>
                {strings.projections.fitNew}
              </a>
            )}
          </>
        )
      }
    >
      <ErrorNotice error={projections.error} onRetry={projections.reload} />
      {projections.isLoading && projections.value === undefined && <Loading />}
      {projections.value?.length === 0 && (
        <EmptyState
          title={strings.projections.emptyTitle}
          action={
            may('projections', 'datasets') && (
              <a class="button primary" href={hrefOf('fit')}>
                {strings.projections.fitNew}
              </a>
            )
          }
        >
          {strings.projections.empty}
        </EmptyState>
      )}
      {groups.map(([name, versions]) => (
        <VersionTable
          key={name}
          name={name}
          versions={versions}
          compared={compared}
          onToggle={canCompare ? toggle : undefined}
          alias={aliases.value?.find((alias) => alias.name === name)}
          onMoved={aliases.reload}
        />
      ))}
    </Page>
  );
}

/** As it is told to whoever waits for its end. */
export function endOf({ id, name, version, status }: Projection): UnderWay {
  const { versionOf, states } = strings.projections;
  const words = strings.common.ended(versionOf(name, version), states[status]);
  return { id, isUnderWay: status === 'fitting', words };
}

type VersionTableProps = {
  name: string;
  versions: readonly Projection[];
  compared: readonly string[];
  /** Where there is another to compare it with. */
  onToggle: ((id: string, isOn: boolean) => void) | undefined;
  /** Where the key may see what the name means. */
  alias: Alias | undefined;
  onMoved: () => void;
};

function VersionTable({ name, versions, compared, onToggle, alias, onMoved }: VersionTableProps) {
  const text = strings.projections.columns;
  const columns = [text.version, text.state, text.unprofiled, text.profiled, text.labels, text.made];
  const newestFirst = versions.toSorted((a, b) => b.version - a.version);
  return (
    <section class="card group" aria-labelledby={`name-${name}`}>
      <h2 id={`name-${name}`}>{name}</h2>
      <Scroll label={strings.projections.versionsOf(name)}>
        <table class="table stacks">
          <thead>
            <ColumnHeads columns={onToggle === undefined ? columns : [...columns, text.compare]} />
          </thead>
          <tbody>
            {newestFirst.map((version) => (
              <VersionRow
                key={version.id}
                projection={version}
                isCompared={compared.includes(version.id)}
                onToggle={onToggle && ((isOn) => onToggle(version.id, isOn))}
              />
            ))}
          </tbody>
        </table>
      </Scroll>
      {alias !== undefined && <ShadowView alias={alias} versions={versions} onChanged={onMoved} />}
    </section>
  );
}

type VersionRowProps = {
  projection: Projection;
  isCompared: boolean;
  onToggle: ((isOn: boolean) => void) | undefined;
};

function VersionRow({ projection, isCompared, onToggle }: VersionRowProps) {
  const { id, name, version, status, current, release, heads, labels, createdAt, jobId } = projection;
  const isCandidate = release?.state === 'candidate';
  const columns = strings.projections.columns;
  const head = heads?.[0];
  const fullName = strings.projections.versionOf(name, version);
  const href = status === 'fitting' && jobId !== undefined ? hrefOf('fit', jobId) : hrefOf('projections', id);
  return (
    <tr>
      <th scope="row">
        <a href={href}>{fullName}</a>
      </th>
      <td>
        <span class={`badge badge-${status}`}>{strings.projections.states[status]}</span>
        {current && <span class="badge badge-current">{strings.projections.current}</span>}
        {isCandidate && <span class="badge badge-fitting">{strings.projections.candidate}</span>}
        {isCandidate && release.reason !== undefined && <p class="hint">{release.reason}</p>}
      </td>
      <td data-label={columns.unprofiled}>{head && <Unprofiled head={head} />}</td>
      <td data-label={columns.profiled}>{head && <Profiled head={head} />}</td>
      <td data-label={columns.labels}>{labels?.length ?? null}</td>
      <td data-label={columns.made}>
        <time dateTime={createdAt}>{formatTime(createdAt)}</time>
      </td>
      {onToggle !== undefined && (
        <td data-label={columns.compare}>
          <input
            type="checkbox"
            aria-label={strings.projections.compareThis(fullName)}
            disabled={status !== 'ready'}
            checked={isCompared}
            onChange={(event) => onToggle(event.currentTarget.checked)}
          />
        </td>
      )}
    </tr>
  );
}
