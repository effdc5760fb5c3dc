// How often answers were right, and how much more often than by another way: counted on the same pictures, so the error of the
// difference is a paired one.

import type { DemoScores } from '#figures/demo-report.ts';
import type { Answered, Way } from './classify-targets.ts';

export function isRight({ by, picture }: Answered, way: Way): boolean {
  return by[way][0]?.label === picture.class;
}

export function scoresOf(answered: readonly Answered[]): DemoScores {
  const share = (way: Way) => answered.filter((one) => isRight(one, way)).length / answered.length;
  return {
    pictures: answered.length,
    zeroShot: {
      plain: share('plain'),
      unprofiled: share('zeroShot'),
      profiled: share('zeroShotProfiled'),
      centred: share('zeroShotCentred'),
      ...gainOf(answered, 'plain', 'zeroShotCentred'),
    },
    probe: {
      plain: share('plainProbe'),
      unprofiled: share('probe'),
      profiled: share('probeProfiled'),
      centred: share('probeCentred'),
      ...gainOf(answered, 'plainProbe', 'probeCentred'),
    },
  };
}

/** Of `after` over `before`: mean and standard error of the mean over pictures. */
function gainOf(answered: readonly Answered[], before: Way, after: Way) {
  const steps = answered.map((one) => Number(isRight(one, after)) - Number(isRight(one, before)));
  const gain = steps.reduce((sum, step) => sum + step, 0) / steps.length;
  const squares = steps.reduce((sum, step) => sum + (step - gain) ** 2, 0);
  return { gain, standardError: Math.sqrt(squares / (steps.length - 1) / steps.length) };
}
