// Batches: classify a whole dataset, and those that were.

import type { Batch } from '#shared/contracts/batch.ts';
import { formatCount } from '#shared/figures/format.ts';
import { ColumnHeads } from '../parts/column-heads.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { formatDay, formatTime } from '../parts/format.ts';
import { Loading } from '../parts/loading.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { OfRow } from '../parts/of-row.tsx';
import { Page, Section } from '../parts/page.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { type UnderWay, useTellEnds } from '../parts/told.tsx';
import { hrefOf } from '../router.ts';
import { useRights } from '../session/rights.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { collect, useReloadWhile, useRemote } from '../use-remote.ts';
import { NewBatch } from './new-batch.tsx';

const text = strings.batches;

/** `datasetId`: the one to be classified, where it was chosen elsewhere. */
export function BatchesScreen({ datasetId }: { datasetId: string | undefined }) {
  const { client } = useSession();
  const { may } = useRights();
  const batches = useRemote((signal) => collect(client.batches.list({ limit: 100, signal })), [client]);
  useReloadWhile(batches.value?.some(({ status }) => status === 'running') === true, batches.reload);
  useTellEnds((batches.value ?? []).map(endOf));
  return (
    <Page title={text.title} lead={text.lead} terms={['batch', 'profile']}>
      {may('datasets') && (
        <Section title={text.newTitle} lead={text.newLead}>
          <NewBatch datasetId={datasetId} />
        </Section>
      )}
      <Section title={text.listTitle}>
        <ErrorNotice error={batches.error} onRetry={batches.reload} />
        {batches.isLoading && batches.value === undefined && <Loading />}
        {batches.value?.length === 0 && <EmptyState title={text.emptyTitle}>{text.empty}</EmptyState>}
        {batches.value !== undefined && batches.value.length > 0 && <BatchTable batches={batches.value} />}
      </Section>
    </Page>
  );
}

function BatchTable({ batches }: { batches: readonly Batch[] }) {
  const { dataset, by, pictures, state, begun, kept } = text.columns;
  return (
    <Scroll label={text.listTitle}>
      <table class="table stacks">
        <thead>
          <ColumnHeads columns={[dataset, by, pictures, state, begun, kept]} />
        </thead>
        <tbody>
          {batches.map((batch) => (
            <tr key={batch.id}>
              <th scope="row">
                <a href={hrefOf('batches', batch.id)}>
                  {batch.dataset.name}
                  <OfRow what={text.ofList(answererOf(batch), formatTime(batch.createdAt))} />
                </a>
              </th>
              <td class="wrap" data-label={by}>
                {answererOf(batch)}
              </td>
              <td data-label={pictures}>{formatCount(batch.items)}</td>
              <td data-label={state}>
                <span class={`badge badge-${batch.status}`}>{text.states[batch.status]}</span>
              </td>
              <td data-label={begun}>
                <time dateTime={batch.createdAt}>{formatTime(batch.createdAt)}</time>
              </td>
              <td data-label={kept}>
                <time dateTime={batch.expiresAt}>{formatDay(batch.expiresAt)}</time>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** As it is told to whoever waits for its end. */
export function endOf(batch: Batch): UnderWay {
  const { id, dataset, status } = batch;
  const words = strings.common.ended(text.oneTitle(dataset.name, answererOf(batch)), text.states[status]);
  return { id, isUnderWay: status === 'running', words };
}

export function answererOf({ projection }: Pick<Batch, 'projection'>): string {
  return projection === undefined
    ? text.plainClip
    : strings.projections.versionOf(projection.name, projection.version);
}
