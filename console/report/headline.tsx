// The few numbers to look at first: what plain CLIP gets on what was left out, what the projection gets, the difference.

import type { SelectionReport, SelectionRow } from '#shared/contracts/fit.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { formatPercent, formatPoints } from '#shared/figures/format.ts';
import { strings } from '../strings.ts';
import { bestTried, describeChoice } from './selection-figures.tsx';

type HeadSummary = NonNullable<Projection['heads']>[number];

type HeadlineProps = { heads: readonly HeadSummary[]; selection: SelectionReport };

export function Headline({ heads, selection }: HeadlineProps) {
  return (
    <>
      {heads.map((summary) => (
        <HeadHeadline
          key={summary.head}
          summary={summary}
          nearest={summary.estimator === 'identity' ? bestTried(selection, summary.head) : undefined}
          isNamed={heads.length > 1}
        />
      ))}
    </>
  );
}

type HeadHeadlineProps = {
  summary: HeadSummary;
  /** What came nearest where plain CLIP was kept. */
  nearest: SelectionRow | undefined;
  isNamed: boolean;
};

function HeadHeadline({ summary, nearest, isNamed }: HeadHeadlineProps) {
  const { head, leftOut } = summary;
  const text = strings.report;
  return (
    <div class="headline-group">
      {isNamed && <h3>{strings.solve.headNames[head]}</h3>}
      <dl class="headline">
        {leftOut !== undefined && (
          <>
            <Figures
              label={strings.try.sides.clip}
              value={formatPercent(leftOut.clip)}
              unit="%"
              note={text.leftOut}
            />
            <Figures
              label={text.projection}
              value={formatPercent(leftOut.projection)}
              unit="%"
              note={text.leftOut}
            />
            <Figures
              label={text.difference}
              value={formatPoints(leftOut.projection - leftOut.clip)}
              unit={text.points}
              note={
                nearest === undefined
                  ? text.standardError(formatPercent(leftOut.standardError))
                  : text.bestTried(formatPoints(nearest.score - leftOut.clip))
              }
            />
          </>
        )}
        <Figures
          label={text.chosen}
          value={describeChoice(summary)}
          note={text.estimatorHints[summary.estimator]}
          small
        />
      </dl>
    </div>
  );
}

type FiguresProps = { label: string; value: string; unit?: string; note: string; small?: boolean };

function Figures({ label, value, unit, note, small }: FiguresProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <span class={small === true ? 'value value-text' : 'value'}>
          {value}
          {unit !== undefined && <small> {unit}</small>}
        </span>
        <span class="note">{note}</span>
      </dd>
    </div>
  );
}
