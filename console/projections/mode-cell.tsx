// What a head answers with in one of its modes, and what it is expected to gain, as a cell of the list.

import type { Projection, ProjectionMode } from '#shared/contracts/projection.ts';
import { formatGain, judgeGain, verdictClass } from '#shared/figures/gain.ts';
import { nameMode } from '#shared/figures/mode-words.ts';
import { describeChoice } from '../report/selection-figures.tsx';
import { strings } from '../strings.ts';

type Head = NonNullable<Projection['heads']>[number];

export function Unprofiled({ head }: { head: Head }) {
  const { modes, leftOut } = head;
  if (modes !== undefined) return <Mode head={head} mode={modes.unprofiled} />;
  return (
    <>
      {describeChoice(head)}
      {leftOut !== undefined && head.estimator !== 'identity' && (
        <Gain gain={leftOut.projection - leftOut.clip} error={leftOut.standardError} />
      )}
    </>
  );
}

export function Profiled({ head }: { head: Head }) {
  if (head.modes === undefined) return <span class="faint">{strings.projections.noProfiles}</span>;
  return head.modes.profiled === undefined ? null : <Mode head={head} mode={head.modes.profiled} />;
}

function Mode({ head, mode }: { head: Head; mode: ProjectionMode }) {
  const { estimate } = mode;
  return (
    <>
      {nameMode(head.head, mode)}
      {estimate !== undefined && mode.choice !== 'plain' && (
        <Gain gain={estimate.gain} error={estimate.environmentError} />
      )}
    </>
  );
}

/** Nothing where the mode is plain CLIP by another name, whose gain and error are zero. */
function Gain({ gain, error }: { gain: number; error: number }) {
  if (gain === 0 && error === 0) return null;
  return (
    <>
      {' '}
      <small class={`mode-gain ${verdictClass[judgeGain(gain, error)]}`}>
        {formatGain(gain, error)} {strings.report.points}
      </small>
    </>
  );
}
