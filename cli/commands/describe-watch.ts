// A watched environment as text for people: whether it has drifted, and day by day how far, with the error of it.

import { formatPercent, formatTenths } from '#figures/format.ts';
import type { Watch, WatchedDay, WatchedSeries } from '#shared/contracts/watch.ts';
import { formatTable } from '../terminal/output.ts';

export function describeWatch({
  environment,
  state,
  since,
  threshold,
  series,
  profileRevision,
}: Watch): string {
  const summary = {
    unwatched: `Nothing was watched: name the environment when you classify (--environment ${environment}).`,
    steady: series.some(({ days }) => days.some(({ drift }) => drift !== undefined))
      ? 'No drift: its pictures are like those of its profile.'
      : 'Too few pictures on every day to compare: 16 are needed, and 2 in the profile.',
    drifted:
      `Drifted since ${since}: its pictures are no longer like those of its profile. Where that is how it is now, ` +
      `make its profile of them: clip-icm environments adopt ${environment}`,
  }[state];
  const scale = `Drift in standard errors, 0 ± 1 where nothing has changed; above ${threshold} a day is raised.`;
  return [
    `${environment}, profile revision ${profileRevision}`,
    summary,
    ...(series.length === 0 ? [] : ['', scale]),
    ...series.flatMap((one) => ['', titleOf(one), formatDays(one.days)]),
  ].join('\n');
}

function titleOf({ projection, head, labels, ownLabels }: WatchedSeries): string {
  const what = projection === undefined ? 'plain CLIP' : `${projection.name}@${projection.version}`;
  return `${what}, ${head}, ${labels} ${ownLabels ? 'labels of the question' : 'labels'}`;
}

function formatDays(days: readonly WatchedDay[]): string {
  const hasDropped = days.some(({ drift }) => drift?.dropped !== undefined);
  const columns = [
    'day',
    'pictures',
    'kept',
    ...(hasDropped ? ['dropped'] : []),
    'moved by',
    'abstained',
    '',
    'most',
  ];
  const rows = days.map(({ day, pictures, drift, abstained, topLabels, raised, open }) => [
    open ? `${day} so far` : day,
    pictures,
    withError(drift?.kept),
    ...(hasDropped ? [withError(drift?.dropped)] : []),
    drift === undefined
      ? 'too few pictures'
      : `${formatShare(Math.max(drift.kept.shift, drift.dropped?.shift ?? 0))} of the spread`,
    formatShare(abstained),
    raised ? 'DRIFTED' : '',
    topLabels
      .slice(0, 2)
      .map(({ label, share }) => `${label} ${formatShare(share)}`)
      .join(', '),
  ]);
  return formatTable(columns, rows, '');
}

function formatShare(share: number): string {
  return `${formatPercent(share, 0)} %`;
}

function withError(part: NonNullable<WatchedDay['drift']>['kept'] | undefined): string {
  return part === undefined ? '' : `${formatTenths(part.drift)} ± ${formatTenths(part.standardError)}`;
}
