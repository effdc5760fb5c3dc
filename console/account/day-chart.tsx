// One bar a day. The numbers stand in a table beside it; each bar says its own on hovering.

import { formatCount } from '#shared/figures/format.ts';
import { linearScale } from '#shared/figures/scale.ts';
import { formatShortDay, formatUtcDay } from '../parts/format.ts';
import { useWidth } from '../parts/use-width.ts';

type DayChartProps = { title: string; days: readonly { readonly day: string; readonly value: number }[] };

const height = 220;
const edges = { left: 46, top: 12, bottom: height - 24 };
/** Room that one label on the axis of days needs, in pixels. */
const labelWidth = 72;

export function DayChart({ title, days }: DayChartProps) {
  const { element, width } = useWidth();
  const box = { ...edges, right: width };
  const highest = Math.max(1, ...days.map(({ value }) => value));
  const { position, ticks } = linearScale([0, highest], [box.bottom, box.top], 4);
  const step = (box.right - box.left) / days.length;
  const every = Math.ceil((days.length * labelWidth) / (box.right - box.left));
  return (
    <figure class="icm-figure day-chart" ref={element}>
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
            <title>{`${formatUtcDay(day)}: ${formatCount(value)}`}</title>
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
              {formatShortDay(day)}
            </text>
          ) : null,
        )}
      </svg>
    </figure>
  );
}
