// The few numbers to look at first: what plain CLIP gets on what was left out, what the projection gets, the difference.

import type { HeadSelection, SelectionReport } from '#shared/contracts/fit.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { formatPercent, formatPoints } from '#shared/figures/format.ts';
import { strings } from '../strings.ts';
import { describeChoice } from './selection-figures.tsx';

type HeadSummary = NonNullable<Projection['heads']>[number];

type HeadlineProps = { heads: readonly HeadSummary[]; selection: SelectionReport };

export function Headline({ heads, selection }: HeadlineProps) {
  return (
    <>
      {heads.map((summary) => (
        <HeadHeadline
          key={summary.head}
          summary={summary}
          selected={selection.heads.find(({ head }) => head === summary.head)}
          isNamed={heads.length > 1}
        />
      ))}
    </>
  );
}

type HeadHeadlineProps = {
  summary: HeadSummary;
  selected: HeadSelection | undefined;
  isNamed: boolean;
};

function HeadHeadline({ summary, selected, isNamed }: HeadHeadlineProps) {
  const { head, leftOut } = summary;
  const text = strings.report;
  // Where plain CLIP was kept, gain and error are those of what came nearest.
  const nearest =
    selected !== undefined && summary.estimator === 'identity' && selected.gain !== 0
      ? text.bestTried(formatPoints(selected.gain), formatPercent(selected.standardError))
      : undefined;
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
              note={nearest ?? text.standardError(formatPercent(leftOut.standardError))}
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
