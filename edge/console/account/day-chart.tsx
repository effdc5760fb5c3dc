// One bar a day. The numbers stand in a table beside it; each bar says its own on hovering.

import { formatCount } from '#shared/figures/format.ts';
import { linearScale } from '#shared/figures/scale.ts';
import { formatDay } from '../parts/format.ts';

type DayChartProps = { title: string; days: readonly { readonly day: string; readonly value: number }[] };

const width = 720;
const height = 200;
const box = { left: 46, right: width, top: 12, bottom: height - 24 };

export function DayChart({ title, days }: DayChartProps) {
  const highest = Math.max(1, ...days.map(({ value }) => value));
  const { position, ticks } = linearScale([0, highest], [box.bottom, box.top], 4);
  const step = (box.right - box.left) / days.length;
  const every = Math.ceil(days.length / 6);
  return (
    <figure class="icm-figure day-chart">
      <figcaption>
        <strong>{title}</strong>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={title}>
        {ticks.filter(Number.isInteger).map((tick) => (
          <g key={tick}>
            <line class="icm-grid" x1={box.left} x2={box.right} y1={position(tick)} y2={position(tick)} />
            <text class="icm-tick" x={box.left - 8} y={position(tick) + 4} text-anchor="end">
              {formatCount(tick)}
            </text>
          </g>
        ))}
        {days.map(({ day, value }, index) => (
          <rect
            key={day}
            class="day-bar"
            x={box.left + step * index + step * 0.12}
            width={step * 0.76}
            y={position(value)}
            height={box.bottom - position(value)}
          >
            <title>{`${formatDay(day)}: ${formatCount(value)}`}</title>
          </rect>
        ))}
        {days.map(({ day }, index) =>
          (days.length - 1 - index) % every === 0 ? (
            <text
              key={day}
              class="icm-tick"
              x={box.left + step * (index + 0.5)}
              y={height - 6}
              text-anchor={index === days.length - 1 && days.length > 14 ? 'end' : 'middle'}
            >
              {day.slice(5)}
            </text>
          ) : null,
        )}
      </svg>
    </figure>
  );
}
