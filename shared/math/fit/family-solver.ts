// Solves candidate families from the moments of one fold (or of all sources), sharing what they have in common.

import { ok, type Result } from '#shared/result.ts';
import type { Eigen } from '../linear/eigen-symmetric.ts';
import type { MathError } from '../math-error.ts';
import type { CandidateFamily } from './candidates.ts';
import {
  type Family,
  gevdFamily,
  icmFamily,
  identityFamily,
  napFamily,
  pairEigen,
  softFamily,
} from './estimators.ts';
import type { Moments } from './moments.ts';

export class FamilySolver {
  readonly #moments: Moments;
  #pairEigen: Result<Eigen, MathError> | undefined;

  constructor(moments: Moments) {
    this.#moments = moments;
  }

  solve({ estimator, lambda = 0 }: Pick<CandidateFamily, 'estimator' | 'lambda'>): Result<Family, MathError> {
    switch (estimator) {
      case 'identity':
        return ok(identityFamily(this.#moments.dimension));
      case 'icm':
        return icmFamily(this.#moments, lambda);
      case 'gevd':
        return gevdFamily(this.#moments);
      case 'nap':
      case 'soft': {
        this.#pairEigen ??= pairEigen(this.#moments);
        const eigen = this.#pairEigen;
        if (!eigen.ok) return eigen;
        return ok(estimator === 'nap' ? napFamily(eigen.value) : softFamily(eigen.value, lambda));
      }
    }
  }
}
