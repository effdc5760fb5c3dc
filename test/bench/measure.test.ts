import { describe, expect, it } from 'vitest';
import { clears } from './benchmark.ts';
import { alternate, logLogSlope, median, medianRatio, quantile } from './measure.ts';

describe('measure', () => {
  it('finds medians and quantiles, between neighbours where they fall there', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(quantile([0, 10, 20, 30], 0.99)).toBeCloseTo(29.7);
    expect(() => median([])).toThrow(RangeError);
  });

  it('runs tasks in turns and keeps their results apart', async () => {
    const order: string[] = [];
    const task = (name: string, value: number) => async () => {
      order.push(name);
      return value;
    };
    expect(await alternate({ a: task('a', 1), b: task('b', 2) }, 2)).toEqual({ a: [1, 1], b: [2, 2] });
    expect(order).toEqual(['a', 'b', 'a', 'b']);
  });

  it('compares round by round, so that a slow round of both sides does not count', () => {
    expect(medianRatio([10, 100, 10], [5, 50, 5])).toBe(2);
  });

  it('gives the exponent of a power law', () => {
    const power = (exponent: number) => [1, 10, 100].map((x) => [x, 7 * x ** exponent] as const);
    expect(logLogSlope(power(1))).toBeCloseTo(1);
    expect(logLogSlope(power(0))).toBeCloseTo(0);
    expect(logLogSlope(power(2))).toBeCloseTo(2);
  });
});

describe('clears', () => {
  const row = (value: number, bar: Parameters<typeof clears>[0]['bar']) =>
    clears({ what: 'x', value, unit: 'ratio', ...(bar === undefined ? {} : { bar }) });
  it('takes the bar itself as cleared, and tells nothing without one', () => {
    expect(row(0.6, { atLeast: 0.6 })).toBe(true);
    expect(row(0.59, { atLeast: 0.6 })).toBe(false);
    expect(row(3, { atMost: 3 })).toBe(true);
    expect(row(3.1, { atMost: 3 })).toBe(false);
    expect(row(1.05, { from: 0.9, to: 1.1 })).toBe(true);
    expect(row(0.85, { from: 0.9, to: 1.1 })).toBe(false);
    expect(row(5, undefined)).toBeUndefined();
  });
});
