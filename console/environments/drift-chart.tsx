// The drift of each watched day: a dot with its error for what the projection keeps, another for what it drops, and the line above
// which a day is raised. The numbers stand in a table beside it; each day says its own on hovering.

import type { WatchedDay } from '#shared/contracts/watch.ts';
import { formatNumber } from '#shared/figures/format.ts';
import { linearScale } from '#shared/figures/scale.ts';
import { formatShortDay, formatUtcDay } from '../parts/format.ts';
import { useWidth } from '../parts/use-width.ts';
import { strings } from '../strings.ts';

type DriftChartProps = {
  title: string;
  days: readonly WatchedDay[];
  threshold: number;
};

const height = 200;
const edges = { left: 40, top: 16, bottom: height - 24 };
const labelWidth = 64;
const dayMs = 86_400_000;

export function DriftChart({ title, days, threshold }: DriftChartProps) {
  const { element, width } = useWidth();
  const box = { ...edges, right: width - 8 };
  const first = Date.parse(days[0]?.day ?? '');
  const span = Math.max(6, (Date.parse(days.at(-1)?.day ?? '') - first) / dayMs);
  const step = (box.right - box.left) / (span + 1);
  const x = (day: string) => box.left + step * ((Date.parse(day) - first) / dayMs + 0.5);
  const ends = days.flatMap(({ drift }) =>
    [drift?.kept, drift?.dropped].flatMap((part) => (part === undefined ? [] : barOf(part, threshold))),
  );
  const { position, ticks } = linearScale(
    [Math.min(-2, ...ends), Math.max(threshold + 1, ...ends)],
    [box.bottom, box.top],
    5,
  );
  const every = Math.ceil(labelWidth / step);
  const text = strings.environments.watch;
  return (
    <figure class="icm-figure drift-chart" ref={element}>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={title}>
        {ticks.map((tick) => (
          <g key={tick}>
            <line class="icm-grid" x1={box.left} x2={box.right} y1={position(tick)} y2={position(tick)} />
            <text class="icm-tick" x={box.left - 8} y={position(tick) + 4} text-anchor="end">
              {formatNumber(tick)}
            </text>
          </g>
        ))}
        <line
          class="drift-threshold"
          x1={box.left}
          x2={box.right}
          y1={position(threshold)}
          y2={position(threshold)}
        />
        <text class="drift-note" x={box.right} y={position(threshold) - 5} text-anchor="end">
          {text.thresholdLine}
        </text>
        {days.map((day) => (
          <DayMarks key={day.day} day={day} at={x(day.day)} position={position} threshold={threshold} />
        ))}
        {days.map(({ day }, index) =>
          (days.length - 1 - index) % every === 0 ? (
            <text key={day} class="icm-tick" x={x(day)} y={height - 6} text-anchor="middle">
              {formatShortDay(day)}
            </text>
          ) : null,
        )}
      </svg>
    </figure>
  );
}

type Part = NonNullable<WatchedDay['drift']>['kept'];

/** The ends of a part's error; a day that is hardly known does not set the scale of all others. */
function barOf({ drift, standardError }: Part, threshold: number): readonly [number, number] {
  const error = Math.min(standardError, threshold);
  return [drift - error, drift + error];
}

type DayMarksProps = {
  day: WatchedDay;
  at: number;
  position: (value: number) => number;
  threshold: number;
};

function DayMarks({ day: { day, drift, raised, open }, at, position, threshold }: DayMarksProps) {
  if (drift === undefined) return null;
  const parts = [
    { name: 'kept', part: drift.kept, offset: drift.dropped === undefined ? 0 : -4 },
    { name: 'dropped', part: drift.dropped, offset: 4 },
  ];
  return (
    <g class={raised ? 'drift-day raised' : 'drift-day'}>
      <title>{`${formatUtcDay(day)}: ${strings.environments.watch.dayWords(drift.kept.drift, drift.dropped?.drift, open)}`}</title>
      {parts.map(({ name, part, offset }) =>
        part === undefined ? null : (
          <g key={name} class={`drift-${name}`}>
            <line
              x1={at + offset}
              x2={at + offset}
              y1={position(barOf(part, threshold)[0])}
              y2={position(barOf(part, threshold)[1])}
            />
            <circle
              cx={at + offset}
              cy={position(part.drift)}
              r={raised ? 4.5 : 3}
              class={open ? 'drift-open' : undefined}
            />
          </g>
        ),
      )}
    </g>
  );
}
