// Means, standard errors and the table they are printed in.

import { describe, expect, it } from 'vitest';
import { measure } from '../../../cli/evaluate/summarise.ts';
import { formatAccuracy } from '../../../cli/evaluate/text-table.ts';

describe('measure', () => {
  it('divides the sample standard deviation by the root of the number of seeds', () => {
    const { mean, standardError } = measure([0.5, 0.6, 0.7]);
    expect(mean).toBeCloseTo(0.6);
    expect(standardError).toBeCloseTo(0.1 / Math.sqrt(3));
  });

  it('has no standard error for one seed', () => {
    expect(measure([0.5])).toEqual({ mean: 0.5 });
  });

  it('has none of what rounding would make of equal values', () => {
    expect(measure([0.3933, 0.3933, 0.3933])).toEqual({ mean: 0.3933, standardError: 0 });
  });
});

describe('formatAccuracy', () => {
  it('prints a row a method and a column a target, aligned whatever the script', () => {
    const row = (method: string, group: string, values: readonly number[], standardError?: number) => ({
      method,
      group,
      cells: values.map((mean) => ({ mean, ...(standardError ? { standardError } : {}) })),
      average: { mean: values.reduce((a, b) => a + b) / values.length },
    });
    const text = formatAccuracy({
      targets: ['Foto grafía', '写真'],
      baseline: 'plain CLIP',
      rows: [
        row('plain CLIP', 'zero-shot', [0.5, 0.25]),
        row('auto', 'zero-shot', [0.55, 0.25], 0.004),
        row('plain CLIP', 'probe', [0.75, 1]),
      ],
    });
    expect(text.split('\n')).toEqual([
      'head       method      Foto grafía          写真  average  vs plain CLIP',
      'zero-shot  plain CLIP         50.0        25.0     37.5',
      '           auto         55.0 ± 0.4  25.0 ± 0.4     40.0           +2.5',
      'probe      plain CLIP         75.0       100.0     87.5',
    ]);
  });
});
