// The few numbers of an artefact of the first format: what plain CLIP gets on what was left out, what the projection gets, and the
// difference.

import type { SelectionReport, SelectionRow } from '#shared/contracts/fit.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { formatPercent, formatPoints } from '#shared/figures/format.ts';
import { judgeGain } from '#shared/figures/gain.ts';
import { strings } from '../strings.ts';
import { HeadlineFigure } from './headline-figure.tsx';
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
            <HeadlineFigure
              label={strings.try.sides.clip}
              value={formatPercent(leftOut.clip)}
              unit="%"
              note={text.leftOut}
            />
            <HeadlineFigure
              label={text.projection}
              value={formatPercent(leftOut.projection)}
              unit="%"
              note={text.leftOut}
            />
            <HeadlineFigure
              label={text.difference}
              value={formatPoints(leftOut.projection - leftOut.clip)}
              verdict={judgeGain(leftOut.projection - leftOut.clip, leftOut.standardError)}
              unit={text.points}
              note={
                nearest === undefined
                  ? text.standardError(formatPercent(leftOut.standardError))
                  : text.bestTried(formatPoints(nearest.score - leftOut.clip))
              }
            />
          </>
        )}
        <HeadlineFigure
          label={text.chosen}
          value={describeChoice(summary)}
          note={text.estimatorHints[summary.estimator]}
          small
        />
      </dl>
    </div>
  );
}
