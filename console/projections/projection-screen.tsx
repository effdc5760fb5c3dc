// One version of a projection: what it gains and why, its figures, and what can be done with it.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Projection, SelectionResponse } from '#shared/contracts/projection.ts';
import { formatLabel } from '#shared/figures/format.ts';
import { JobProgress } from '../fit/job-progress.tsx';
import { formatBytes, formatTime } from '../parts/format.ts';
import { Loading } from '../parts/loading.tsx';
import { ErrorNotice, Notice } from '../parts/notice.tsx';
import { Page, Section } from '../parts/page.tsx';
import { useTellEnds } from '../parts/told.tsx';
import { FirstReport } from '../report/first-report.tsx';
import { FitReportView } from '../report/fit-report-view.tsx';
import { PictureSection } from '../report/picture-section.tsx';
import { hrefOf } from '../router.ts';
import { useRights } from '../session/rights.ts';
import type { Session } from '../session/session.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { embeddedModel } from '../try/model-note.tsx';
import { useRemote } from '../use-remote.ts';
import { CorrectedSection } from './corrected-section.tsx';
import { ProjectionActions } from './projection-actions.tsx';
import { endOf } from './projections-screen.tsx';
import { RefitForm } from './refit-form.tsx';
import { UseProjection } from './use-projection.tsx';

/** More than this many labels are shown on demand. */
const listedLabels = 12;

type Loaded = {
  readonly projection: Projection;
  /** Only of a ready one. */
  readonly report: SelectionResponse | undefined;
  readonly spectrum: readonly number[];
};

export function ProjectionScreen({ id }: { id: string }) {
  const { client } = useSession();
  const { may } = useRights();
  const mayReport = may('projections');
  const loaded = useRemote((signal) => load(client, id, mayReport, signal), [client, id, mayReport]);
  if (loaded.value === undefined) {
    return (
      <Page title={strings.projections.one}>
        <BackLink />
        <ErrorNotice error={loaded.error} onRetry={loaded.reload} />
        {loaded.isLoading && <Loading rows={6} />}
      </Page>
    );
  }
  return <ProjectionView loaded={loaded.value} onChanged={loaded.reload} />;
}

function ProjectionView({ loaded, onChanged }: { loaded: Loaded; onChanged: () => void }) {
  const { projection, report, spectrum } = loaded;
  const { name, version, status, current, release, asked, corrections, jobId } = projection;
  const { may } = useRights();
  const isCandidate = release?.state === 'candidate';
  // That it failed is an alert.
  useTellEnds(status === 'failed' ? [] : [endOf(projection)]);
  const [isRemoved, setRemoved] = useState(false);
  if (isRemoved) {
    return (
      <Page title={strings.projections.one}>
        <Notice tone="good" title={strings.common.deleted(strings.projections.versionOf(name, version))} />
        <BackLink />
      </Page>
    );
  }
  return (
    <Page
      title={strings.projections.versionOf(name, version)}
      lead={
        <>
          <BackLink /> <span class={`badge badge-${status}`}>{strings.projections.states[status]}</span>
          {current && <span class="badge badge-current">{strings.projections.current}</span>}
          {isCandidate && <span class="badge badge-fitting">{strings.projections.candidate}</span>}
        </>
      }
      actions={
        <>
          {status === 'ready' && may('classify') && (
            <a class="button" href={hrefOf('try', projection.id)}>
              {strings.projections.tryIt}
            </a>
          )}
          {may('projections') && (
            <ProjectionActions
              projection={projection}
              onChanged={onChanged}
              onDeleted={() => setRemoved(true)}
            />
          )}
        </>
      }
    >
      {status === 'fitting' && jobId !== undefined && <JobProgress id={jobId} onSucceeded={onChanged} />}
      {status === 'failed' && jobId !== undefined && <JobProgress id={jobId} onSucceeded={onChanged} />}
      {isCandidate && (
        <Notice tone="note" title={strings.projections.candidateTitle(name)}>
          <p>{release.reason}</p>
        </Notice>
      )}
      {corrections !== undefined && <CorrectedSection report={corrections} />}
      {report !== undefined && (
        <>
          {'folds' in report ? (
            <FirstReport projection={projection} report={report} spectrum={spectrum} />
          ) : (
            <FitReportView report={report} spectrum={spectrum} />
          )}
          {may('evaluate', 'datasets') && <PictureSection projection={projection} />}
          {asked !== undefined && (
            <Section title={strings.refit.title} lead={strings.refit.lead}>
              <RefitForm projection={projection} asked={asked} maxDimension={spectrum.length} />
            </Section>
          )}
        </>
      )}
      {status === 'ready' && <UseProjection projection={projection} />}
      <Section title={strings.projections.facts}>
        <Facts projection={projection} />
      </Section>
    </Page>
  );
}

function BackLink() {
  return (
    <a class="back" href={hrefOf('projections')}>
      {strings.projections.back}
    </a>
  );
}

function Facts({ projection }: { projection: Projection }) {
  const { id, model, datasets, labels, heads, contentHash, bytes, createdAt } = projection;
  const text = strings.projections.factNames;
  const rows: (readonly [string, ComponentChildren])[] = [
    [text.id, id],
    [text.model, model === undefined ? undefined : describeModel(model)],
    [text.datasets, datasets.map(({ name }) => name).join(', ') || undefined],
    [text.labels, labels === undefined ? undefined : <LabelList labels={labels} />],
    [text.templates, heads?.[0]?.templates?.join(', ')],
    [text.hash, contentHash],
    [text.size, bytes === undefined ? undefined : formatBytes(bytes)],
    [text.made, formatTime(createdAt)],
  ];
  return (
    <dl class="facts">
      {rows.map(([name, value]) =>
        value === undefined ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

function describeModel({ id, revision }: NonNullable<Projection['model']>): string {
  const name = `${id} (${revision.slice(0, 12)})`;
  return id === embeddedModel ? `${name}, ${strings.projections.embeddedModel}` : name;
}

/** Many labels are folded away behind their number. */
function LabelList({ labels }: { labels: readonly string[] }) {
  const list = labels.map(formatLabel).join(', ');
  if (labels.length <= listedLabels) return list;
  return (
    <details class="more">
      <summary>{strings.try.labelCount(labels.length)}</summary>
      <p>{list}</p>
    </details>
  );
}

async function load(
  client: Session['client'],
  id: string,
  mayReport: boolean,
  signal: AbortSignal,
): Promise<Loaded> {
  const projection = await client.projections.get(id, { signal });
  if (projection.status !== 'ready' || !mayReport) return { projection, report: undefined, spectrum: [] };
  const [report, { spectrum }] = await Promise.all([
    client.projections.report(id, { signal }),
    client.projections.spectrum(id, { signal }),
  ]);
  return { projection, report, spectrum };
}
