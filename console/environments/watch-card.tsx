// A watched environment: whether its pictures are still like those of its profile, day by day, and the way to make the profile of
// what has been seen.

import type { Watch, WatchedSeries } from '#shared/contracts/watch.ts';
import { formatCount, formatTenths } from '#shared/figures/format.ts';
import { renderTable } from '#shared/figures/table.ts';
import { ConfirmButton } from '../parts/confirm-button.tsx';
import { Figure } from '../parts/figure.tsx';
import { formatShare, formatUtcDay } from '../parts/format.ts';
import { OfRow } from '../parts/of-row.tsx';
import { useRights } from '../session/rights.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { DriftChart } from './drift-chart.tsx';

type WatchCardProps = { watch: Watch; onAdopted: () => void };

export function WatchCard({ watch, onAdopted }: WatchCardProps) {
  const { environment, state, since, threshold, series } = watch;
  const text = strings.environments.watch;
  const isDrifted = state === 'drifted' && since !== undefined;
  return (
    <section class="watch-card" aria-label={text.cardOf(environment)}>
      <header class="watch-head">
        <h3>{environment}</h3>
        <span class={`badge ${isDrifted ? 'badge-skewed' : ''}`}>{text.states[state]}</span>
        <AdoptButton watch={watch} onAdopted={onAdopted} />
      </header>
      <p class={isDrifted ? 'watch-alarm' : 'hint'}>
        {isDrifted
          ? text.drifted(formatUtcDay(since))
          : todayIsRaised(series)
            ? text.todayRaised
            : series.some(isCompared)
              ? text.steady
              : text.tooFew}
      </p>
      {series.map((one) => (
        <SeriesView
          key={`${one.projection?.id} ${one.head} ${one.ownLabels} ${one.labels}`}
          series={one}
          environment={environment}
          threshold={threshold}
        />
      ))}
    </section>
  );
}

function isCompared({ days }: WatchedSeries): boolean {
  return days.some(({ drift }) => drift !== undefined);
}

function todayIsRaised(series: readonly WatchedSeries[]): boolean {
  return series.some(({ days }) => days.some(({ open, raised }) => open && raised));
}

type SeriesViewProps = { series: WatchedSeries; environment: string; threshold: number };

function SeriesView({ series, environment, threshold }: SeriesViewProps) {
  const text = strings.environments.watch;
  const { projection, head, days } = series;
  const asked =
    projection === undefined
      ? text.plain
      : strings.projections.versionOf(projection.name, projection.version);
  const title = text.chartTitle(environment, `${asked}, ${head}`);
  const isJudged = isCompared(series);
  const hasDropped = days.some(({ drift }) => drift?.dropped !== undefined);
  return (
    <div class="watch-series">
      <p class="watch-legend">
        <strong>{`${asked}, ${head}`}</strong>
        {isJudged && <span class="drift-key drift-kept">{text.kept}</span>}
        {hasDropped && <span class="drift-key drift-dropped">{text.dropped}</span>}
      </p>
      {isJudged && <DriftChart title={title} days={days} threshold={threshold} />}
      <details class="more">
        <summary>
          {text.numbers}
          <OfRow what={title} />
        </summary>
        <p class="hint">{text.scale(threshold)}</p>
        <Figure markup={daysTable(title, series)} />
      </details>
    </div>
  );
}

function daysTable(caption: string, { days }: WatchedSeries) {
  const { columns, openDay } = strings.environments.watch;
  const hasDropped = days.some(({ drift }) => drift?.dropped !== undefined);
  return renderTable({
    caption,
    columns: [
      columns.day,
      columns.pictures,
      columns.kept,
      ...(hasDropped ? [columns.dropped] : []),
      columns.shift,
      columns.abstained,
      columns.labels,
    ],
    rows: days.map(({ day, pictures, drift, abstained, topLabels, open }) => ({
      name: open ? openDay(formatUtcDay(day)) : formatUtcDay(day),
      cells: [
        formatCount(pictures),
        withError(drift?.kept),
        ...(hasDropped ? [withError(drift?.dropped)] : []),
        drift === undefined ? '–' : formatShare(Math.max(drift.kept.shift, drift.dropped?.shift ?? 0)),
        formatShare(abstained),
        topLabels
          .slice(0, 3)
          .map(({ label, share }) => `${label} ${formatShare(share)}`)
          .join(', '),
      ],
    })),
  });
}

function withError(part: { drift: number; standardError: number } | undefined): string {
  return part === undefined ? '–' : `${formatTenths(part.drift)} ± ${formatTenths(part.standardError)}`;
}

function AdoptButton({ watch: { environment, state }, onAdopted }: WatchCardProps) {
  const { client } = useSession();
  const { may } = useRights();
  const text = strings.environments.watch;
  if (!may('projections')) return null;
  return (
    <ConfirmButton
      label={text.adopt}
      look={state === 'drifted' ? 'primary small' : 'quiet small'}
      of={environment}
      title={text.adoptTitle(environment)}
      told={text.adopted(environment)}
      onConfirm={async () => {
        await client.environments.adopt(environment);
        onAdopted();
      }}
    >
      {state === 'drifted' ? text.adoptDrifted : text.adoptSteady}
    </ConfirmButton>
  );
}
