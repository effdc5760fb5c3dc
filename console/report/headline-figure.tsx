// One number of a headline with what it is and what to know about it.

import type { ComponentChildren } from 'preact';

import { type Verdict, verdictClass } from '#shared/figures/gain.ts';

type HeadlineFigureProps = {
  label: string;
  value: string;
  unit?: string;
  note?: ComponentChildren;
  /** Of a difference beside its error. */
  verdict?: Verdict;
  /** Words rather than a number. */
  small?: boolean;
};

export function HeadlineFigure({ label, value, unit, note, verdict, small }: HeadlineFigureProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <span class={classOf(small === true, verdict)}>
          {value}
          {unit !== undefined && <small> {unit}</small>}
        </span>
        {note !== undefined && <span class="note">{note}</span>}
      </dd>
    </div>
  );
}

function classOf(isText: boolean, verdict: Verdict | undefined): string {
  const kind = isText ? 'value value-text' : 'value';
  return verdict === undefined ? kind : `${kind} ${verdictClass[verdict]}`;
}
