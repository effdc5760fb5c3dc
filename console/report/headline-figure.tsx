// One number of a headline with what it is and what to know about it.

import type { ComponentChildren } from 'preact';

type HeadlineFigureProps = {
  label: string;
  value: string;
  unit?: string;
  note?: ComponentChildren;
  /** Words rather than a number. */
  small?: boolean;
};

export function HeadlineFigure({ label, value, unit, note, small }: HeadlineFigureProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <span class={small === true ? 'value value-text' : 'value'}>
          {value}
          {unit !== undefined && <small> {unit}</small>}
        </span>
        {note !== undefined && <span class="note">{note}</span>}
      </dd>
    </div>
  );
}
