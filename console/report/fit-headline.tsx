// The few numbers of a fit to look at first: what plain CLIP gets on sources left out, and what each head gets in its two modes.

import type { ComponentChildren } from 'preact';
import type { HeadReport, ModeName } from '#shared/contracts/fit-report.ts';
import { modeOrder } from '#shared/figures/fit-report-tables.ts';
import { formatPercent } from '#shared/figures/format.ts';
import { formatGain, judgeGain, verdictClass } from '#shared/figures/gain.ts';
import { describeMode, headWords, modeWords, plainWords } from '#shared/figures/mode-words.ts';
import { strings } from '../strings.ts';
import { HeadlineFigure } from './headline-figure.tsx';

export function FitHeadline({ heads }: { heads: readonly HeadReport[] }) {
  return (
    <>
      {heads.map((head) => (
        <div key={head.head} class="headline-group">
          {heads.length > 1 && <h3>{headWords[head.head]}</h3>}
          <dl class="headline">
            <Plain head={head} />
            {modeOrder.map((name) => (
              <Mode key={name} head={head} name={name} />
            ))}
          </dl>
          <ul class="reasons">
            {modeOrder.map((name) => (
              <li key={name}>
                <strong>{strings.report.modeStart[name]}:</strong> {head[name].reason}
              </li>
            ))}
            {modeOrder.some((name) => head[name].estimate !== undefined) && (
              <li>{strings.report.twoErrors}</li>
            )}
          </ul>
        </div>
      ))}
    </>
  );
}

function Plain({ head }: { head: HeadReport }) {
  const estimate = head.unprofiled.estimate ?? head.profiled.estimate;
  if (estimate === undefined) return null;
  return (
    <HeadlineFigure
      label={plainWords[head.head]}
      value={formatPercent(estimate.plain)}
      unit="%"
      note={strings.report.balanced}
    />
  );
}

function Mode({ head, name }: { head: HeadReport; name: ModeName }) {
  const mode = head[name];
  const what = describeMode(head.head, mode);
  const label = modeWords[name];
  const { estimate } = mode;
  if (estimate === undefined || mode.choice === 'plain') {
    const note: ComponentChildren = estimate === undefined ? strings.report.noEstimate : undefined;
    return <HeadlineFigure label={label} value={what} note={note} small />;
  }
  const { gain, environmentError } = estimate;
  return (
    <HeadlineFigure
      label={label}
      value={formatPercent(estimate.accuracy)}
      unit="%"
      note={
        <>
          <span class={verdictClass[judgeGain(gain, environmentError)]}>
            {formatGain(gain, environmentError)} {strings.report.points}
          </span>
          : {what}
        </>
      }
    />
  );
}
