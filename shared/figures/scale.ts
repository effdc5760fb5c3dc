// From values to positions on an axis, with the ticks to label it by. No drawing.

export type Scale = {
  /** Pixels for a value. */
  position: (value: number) => number;
  ticks: readonly number[];
  /** Where the axis is broken between zero and its first power; logarithmic scales that hold zero only. */
  breakAt?: number;
};

type Span = readonly [number, number];

/** Equal steps, widened to round ticks, about `count` of them. */
export function linearScale(domain: Span, range: Span, count = 5): Scale {
  const step = niceStep((domain[1] - domain[0] || 1) / count);
  const first = Math.floor(domain[0] / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(domain[1] / step - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
  return { position: interpolate([first * step, last * step], range), ticks };
}

/** Equal steps that end exactly where the domain does; only ticks inside are kept. */
export function exactScale(domain: Span, range: Span, count = 5): Scale {
  const ticks = linearScale(domain, range, count).ticks.filter((t) => t >= domain[0] && t <= domain[1]);
  return { position: interpolate(domain, range), ticks };
}

/**
 * Powers of ten at equal distances. Where `values` holds zero it gets a place of its own at the start, half a power and
 * an axis break before the smallest positive value.
 */
export function logScale(values: readonly number[], range: Span): Scale {
  const positive = values.filter((value) => value > 0);
  const low = Math.log10(Math.min(...positive, Number.POSITIVE_INFINITY));
  const high = Math.log10(Math.max(...positive, 0));
  if (!Number.isFinite(low)) return { position: () => range[0], ticks: [0] };
  const hasZero = positive.length < values.length;
  const start = hasZero ? low - Math.max(0.5, (high - low) / 6) : low;
  const project = interpolate([start, Math.max(high, start + 1e-9)], range);
  const ticks = logTicks(low, high);
  return {
    position: (value) => project(value > 0 ? Math.log10(value) : start),
    ticks: hasZero ? [0, ...ticks] : ticks,
    ...(hasZero ? { breakAt: project((start + low) / 2) } : {}),
  };
}

/** Powers of ten between two exponents, at most seven; with 2 and 5 times them where there are few. */
function logTicks(low: number, high: number): number[] {
  const first = Math.floor(low);
  const powers = Array.from({ length: Math.ceil(high) - first + 1 }, (_, index) => 10 ** (first + index));
  const fine = high - low < 2.5 ? powers.flatMap((power) => [power, 2 * power, 5 * power]) : powers;
  const inside = fine.filter((t) => Math.log10(t) >= low - 1e-9 && Math.log10(t) <= high + 1e-9);
  const every = Math.ceil(inside.length / 7);
  return inside.filter((_, index) => index % every === 0);
}

function interpolate([from, to]: Span, [start, end]: Span): (value: number) => number {
  const slope = to === from ? 0 : (end - start) / (to - from);
  return (value) => start + (value - from) * slope;
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= rough * 0.8) ?? 10;
  return factor * power;
}
