// One batch: how far it is, its rows to download, what it came to.

import { useState } from 'preact/hooks';
import type { Batch, BatchFormat } from '#shared/contracts/batch.ts';
import { formatCount } from '#shared/figures/format.ts';
import { JobProgress } from '../fit/job-progress.tsx';
import { ActionButton } from '../parts/action-button.tsx';
import { ConfirmButton } from '../parts/confirm-button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { formatDay, formatTime } from '../parts/format.ts';
import { Loading } from '../parts/loading.tsx';
import { ErrorNotice, Notice } from '../parts/notice.tsx';
import { Page, Section } from '../parts/page.tsx';
import { plainWords } from '../parts/plain-words.ts';
import { useTell, useTellEnds } from '../parts/told.tsx';
import { useAction } from '../parts/use-action.ts';
import { goTo } from '../router.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { useRemote } from '../use-remote.ts';
import { BatchSummaryView } from './batch-summary.tsx';
import { answererOf, endOf } from './batches-screen.tsx';

const text = strings.batches;

export function BatchScreen({ id }: { id: string }) {
  const { client } = useSession();
  const batch = useRemote((signal) => client.batches.get(id, { signal }), [client, id]);
  const { value } = batch;
  // That it failed is an alert.
  useTellEnds(value === undefined || value.status === 'failed' ? [] : [endOf(value)]);
  if (value === undefined) {
    return (
      <Page title={text.one}>
        {batch.isLoading ? <Loading /> : <ErrorNotice error={batch.error} onRetry={batch.reload} />}
      </Page>
    );
  }
  return (
    <Page
      title={text.oneTitle(value.dataset.name, answererOf(value))}
      lead={text.oneLead(formatCount(value.items), formatTime(value.createdAt), formatDay(value.expiresAt))}
      actions={value.status === 'running' ? undefined : <DeleteBatch batch={value} />}
    >
      {value.status === 'running' && <JobProgress id={value.jobId} onEnded={batch.reload} />}
      {value.status === 'failed' && <Failed jobId={value.jobId} />}
      {value.status === 'cancelled' && (
        <Notice tone="note" title={text.ended.cancelled}>
          <p>{text.partial}</p>
        </Notice>
      )}
      <Section title={text.rows} lead={value.status === 'running' ? text.rowsSoFar : text.rowsLead}>
        <Downloads batch={value} />
      </Section>
      {value.summary !== undefined && <BatchSummaryView summary={value.summary} />}
    </Page>
  );
}

/** The job knows why; a batch outlives it, and then nothing is said of it. */
function Failed({ jobId }: { jobId: string }) {
  const { client } = useSession();
  const { value: job } = useRemote((signal) => client.jobs.get(jobId, { signal }), [client, jobId]);
  return (
    <Notice tone="error" title={text.ended.failed}>
      {job?.error !== undefined && <p>{plainWords(job.error.detail)}</p>}
      <p>{text.partial}</p>
    </Notice>
  );
}

/** By links, because a browser's download sends no key. */
function Downloads({ batch: { id } }: { batch: Batch }) {
  const { client } = useSession();
  const [link, setLink] = useState<string>();
  const download = (format: BatchFormat) => async () => {
    const { url } = await client.batches.link(id, { format, expiresInSeconds: 600 });
    location.assign(url);
  };
  const csv = useAction(download('csv'));
  const jsonl = useAction(download('jsonl'));
  const tell = useTell();
  const share = useAction(async () => {
    setLink((await client.batches.link(id, { format: 'csv' })).url);
    tell(text.linkMade);
  });
  return (
    <div class="stack">
      <div class="actions">
        <ActionButton action={csv} kind="primary">
          {text.downloadCsv}
        </ActionButton>
        <ActionButton action={jsonl}>{text.downloadJsonl}</ActionButton>
        <ActionButton action={share}>{text.makeLink}</ActionButton>
      </div>
      <ErrorNotice error={csv.error ?? jsonl.error ?? share.error} />
      {link !== undefined && (
        <div class="stack-tight">
          <p class="hint">{text.linkHint}</p>
          <p class="batch-link">
            <code>{link}</code> <CopyButton text={link} />
          </p>
        </div>
      )}
    </div>
  );
}

function DeleteBatch({ batch: { id, dataset } }: { batch: Batch }) {
  const { client } = useSession();
  return (
    <ConfirmButton
      label={strings.common.delete}
      title={text.deleteTitle(dataset.name)}
      told={text.deleted(dataset.name)}
      onConfirm={async () => {
        await client.batches.delete(id);
        goTo('batches');
      }}
    >
      {text.deleteWarning}
    </ConfirmButton>
  );
}
