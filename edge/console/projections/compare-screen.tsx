// Two versions side by side: their numbers in one table, their curves and spectra next to each other.

import type { SelectionReport } from '#shared/contracts/fit.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { formatPercent, formatPoints } from '#shared/figures/format.ts';
import { renderSpectrumPlot } from '#shared/figures/spectrum-plot.ts';
import { renderTable } from '#shared/figures/table.ts';
import { Figure } from '../parts/figure.tsx';
import { formatTime } from '../parts/format.ts';
import { Loading } from '../parts/loading.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { Page, Section } from '../parts/page.tsx';
import { describeChoice } from '../report/selection-figures.tsx';
import { hrefOf } from '../router.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { useRemote } from '../use-remote.ts';

type Side = { projection: Projection; selection: SelectionReport; spectrum: readonly number[] };

export function CompareScreen({ ids }: { ids: readonly [string, string] }) {
  const { client } = useSession();
  const sides = useRemote(
    (signal) =>
      Promise.all(
        ids.map(async (id): Promise<Side> => {
          const [projection, selection, { spectrum }] = await Promise.all([
            client.projections.get(id, { signal }),
            client.projections.selection(id, { signal }),
            client.projections.spectrum(id, { signal }),
          ]);
          return { projection, selection, spectrum };
        }),
      ),
    [client, ...ids],
  );
  return (
    <Page title={strings.compare.title} lead={<a href={hrefOf('projections')}>{strings.projections.back}</a>}>
      <ErrorNotice error={sides.error} onRetry={sides.reload} />
      {sides.value === undefined ? (
        sides.isLoading && <Loading rows={5} />
      ) : (
        <Comparison sides={sides.value} />
      )}
    </Page>
  );
}

function nameOf({ projection: { name, version } }: Side): string {
  return strings.projections.versionOf(name, version);
}

function Comparison({ sides }: { sides: readonly Side[] }) {
  return (
    <>
      <Section title={strings.compare.numbers}>
        <Figure
          markup={renderTable({
            caption: strings.compare.numbers,
            columns: ['', ...sides.map(nameOf)],
            rows: [...summaryRows(sides), ...foldRows(sides)],
          })}
        />
      </Section>
      <Section title={strings.compare.spectra}>
        <div class="charts">
          <Figure
            markup={renderSpectrumPlot({
              lists: sides.map((side) => ({ name: nameOf(side), values: side.spectrum })),
            })}
          />
        </div>
      </Section>
    </>
  );
}

function summaryRows(sides: readonly Side[]) {
  const text = strings.compare.rows;
  const row = (name: string, cell: (side: Side) => string | number) => ({ name, cells: sides.map(cell) });
  const firstHead = ({ projection }: Side) => projection.heads?.[0];
  return [
    row(text.choice, (side) => {
      const head = firstHead(side);
      return head === undefined ? '' : describeChoice(head);
    }),
    row(text.clip, (side) => {
      const leftOut = firstHead(side)?.leftOut;
      return leftOut === undefined ? '' : formatPercent(leftOut.clip);
    }),
    row(text.projection, (side) => {
      const leftOut = firstHead(side)?.leftOut;
      return leftOut === undefined ? '' : formatPercent(leftOut.projection);
    }),
    row(text.gain, (side) => {
      const leftOut = firstHead(side)?.leftOut;
      return leftOut === undefined ? '' : formatPoints(leftOut.projection - leftOut.clip);
    }),
    row(text.labels, ({ projection }) => projection.labels?.length ?? ''),
    row(text.datasets, ({ projection }) => projection.datasets.map(({ name }) => name).join(', ')),
    row(text.made, ({ projection }) => formatTime(projection.createdAt)),
  ];
}

/** The chosen candidate's score on each fold that either version left out. */
function foldRows(sides: readonly Side[]) {
  const folds = [...new Set(sides.flatMap(({ selection }) => selection.folds))];
  return folds.map((fold, index) => ({
    name: strings.compare.leftOut(fold),
    cells: sides.map(({ selection }) => {
      const score = selection.heads[0]?.chosen.scores[selection.folds.indexOf(fold)];
      return score === undefined ? '' : formatPercent(score);
    }),
    separated: index === 0,
  }));
}
