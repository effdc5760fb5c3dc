// Two versions side by side: their numbers in one table with what changed from one to the other, and their spectra.

import type { ModeName } from '#shared/contracts/fit-report.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { formatPercent } from '#shared/figures/format.ts';
import { renderGain, renderGainWithError } from '#shared/figures/gain.ts';
import { markup } from '#shared/figures/markup.ts';
import { nameMode } from '#shared/figures/mode-words.ts';
import { renderSpectrumPlot } from '#shared/figures/spectrum-plot.ts';
import { renderTable } from '#shared/figures/table.ts';
import { Figure } from '../parts/figure.tsx';
import { formatTime } from '../parts/format.ts';
import { Loading } from '../parts/loading.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { Page, Section } from '../parts/page.tsx';
import { describeChoice } from '../report/selection-figures.tsx';
import { hrefOf } from '../router.ts';
import type { Session } from '../session/session.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { useRemote } from '../use-remote.ts';
import { type Score, type Scores, scoresOf, sourcesOf } from './scores.ts';

type Side = {
  projection: Projection;
  scores: Scores;
  /** What it was estimated on: two that differ here were not asked about the same pictures. */
  sources: string;
  spectrum: readonly number[];
};

export function CompareScreen({ ids }: { ids: readonly [string, string] }) {
  const { client } = useSession();
  const sides = useRemote(
    (signal) => Promise.all([loadSide(client, ids[0], signal), loadSide(client, ids[1], signal)]),
    [client, ...ids],
  );
  // What changed is read from the earlier to the later, in whichever order they were chosen.
  const inOrder = sides.value?.toSorted((a, b) => orderOf(a) - orderOf(b)) as [Side, Side] | undefined;
  return (
    <Page title={strings.compare.title} lead={<a href={hrefOf('projections')}>{strings.projections.back}</a>}>
      <ErrorNotice error={sides.error} onRetry={sides.reload} />
      {inOrder === undefined ? sides.isLoading && <Loading rows={5} /> : <Comparison sides={inOrder} />}
    </Page>
  );
}

async function loadSide(client: Session['client'], id: string, signal: AbortSignal): Promise<Side> {
  const [projection, report, { spectrum }] = await Promise.all([
    client.projections.get(id, { signal }),
    client.projections.report(id, { signal }),
    client.projections.spectrum(id, { signal }),
  ]);
  return { projection, scores: scoresOf(report), sources: sourcesOf(report), spectrum };
}

function orderOf({ projection }: Side): number {
  return Date.parse(projection.createdAt);
}

function nameOf({ projection: { name, version } }: Side): string {
  return strings.projections.versionOf(name, version);
}

function Comparison({ sides }: { sides: readonly [Side, Side] }) {
  return (
    <>
      <Section title={strings.compare.numbers}>
        <div class="compared">
          <Figure
            markup={renderTable({
              caption: strings.compare.numbers,
              columns: ['', ...sides.map(nameOf), strings.compare.difference],
              rows: [...factRows(sides), ...scoreRows(sides)],
            })}
          />
        </div>
        {errorHints(sides).map((hint) => (
          <p key={hint} class="hint">
            {hint}
          </p>
        ))}
      </Section>
      <Spectra sides={sides} />
    </>
  );
}

function Spectra({ sides }: { sides: readonly [Side, Side] }) {
  const [first, second] = sides;
  const isSame = first.spectrum.join() === second.spectrum.join();
  if (first.spectrum.length + second.spectrum.length === 0) return null;
  const lists = sides.map((side) => ({ name: nameOf(side), values: side.spectrum }));
  return (
    <Section
      title={strings.compare.spectra}
      lead={isSame ? strings.compare.sameSpectrum : strings.compare.spectraLead}
    >
      <div class="charts">
        <Figure markup={renderSpectrumPlot({ lists: isSame ? lists.slice(0, 1) : lists })} />
      </div>
    </Section>
  );
}

function factRows(sides: readonly Side[]) {
  const text = strings.compare.rows;
  const row = (name: string, cell: (side: Side) => string | number) => ({
    name,
    cells: [...sides.map(cell), ''],
  });
  return [
    row(text.unprofiled, ({ projection }) => answersBy(projection, 'unprofiled')),
    row(text.profiled, ({ projection }) => answersBy(projection, 'profiled')),
    row(text.labels, ({ projection }) => projection.labels?.length ?? ''),
    row(text.datasets, ({ projection }) => projection.datasets.map(({ name }) => name).join(', ')),
    row(text.made, ({ projection }) => formatTime(projection.createdAt)),
  ];
}

/** By the first head. */
function answersBy({ heads }: Projection, mode: ModeName): string {
  const head = heads?.[0];
  if (head === undefined) return '';
  const own = head.modes?.[mode];
  if (own !== undefined) return nameMode(head.head, own);
  return mode === 'unprofiled' ? describeChoice(head) : '';
}

/** What is estimated on each source that either version left out, and on average. */
function scoreRows(sides: readonly Side[]) {
  const names = [...new Set(sides.flatMap(({ scores }) => Object.keys(scores)))];
  return names.map((name, index) => ({
    ...scoreRow(
      name,
      sides.map(({ scores }) => scores[name]),
    ),
    separated: index === 0,
  }));
}

function scoreRow(name: string, scores: readonly (Score | undefined)[]) {
  const [first, second] = scores;
  return {
    name,
    cells: [
      ...scores.map((score) => (score === undefined ? '' : formatPercent(score.accuracy))),
      first === undefined || second === undefined
        ? ''
        : renderDifference(second.accuracy - first.accuracy, Math.hypot(first.error, second.error)),
    ],
  };
}

/** Without an error nothing says whether it is a gain or a loss. */
function renderDifference(difference: number, error: number) {
  return error === 0
    ? markup`${renderGain(difference, Number.POSITIVE_INFINITY)} <small>${strings.compare.noError}</small>`
    : renderGainWithError(difference, error);
}

/** Where the errors come from, and why there is none where there is none. */
function errorHints(sides: readonly [Side, Side]): string[] {
  const [first, second] = sides;
  const errors = Object.entries(first.scores).flatMap(([name, { error }]) => {
    const other = second.scores[name];
    return other === undefined ? [] : [Math.hypot(error, other.error)];
  });
  if (errors.length === 0) return [];
  const text = strings.compare;
  return [
    ...(errors.some((error) => error > 0) ? [text.errorHint] : []),
    ...(errors.includes(0) ? [text.noErrorHint] : []),
    ...(first.sources === second.sources ? [] : [text.unpairedHint]),
  ];
}
