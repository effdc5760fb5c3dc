// The interventions with the parameters a fit has by default. Written out so that the contracts' validator need not be
// shipped; a test holds them equal to the contracts' defaults.

import type { PictureIntervention, PictureInterventionName } from '#shared/contracts/intervention.ts';

export const interventionNames = [
  'color-jitter',
  'grayscale',
  'gaussian-blur',
  'invert',
  'posterize',
  'solarize',
  'equalize',
] as const satisfies readonly PictureInterventionName[];

export const defaultIntervention: {
  readonly [Name in PictureInterventionName]: Extract<PictureIntervention, { name: Name }>;
} = {
  'color-jitter': {
    name: 'color-jitter',
    brightness: [0.5, 1.5],
    contrast: [0.5, 1.5],
    saturation: [0.5, 1.5],
    hue: [-0.2, 0.2],
  },
  grayscale: { name: 'grayscale' },
  'gaussian-blur': { name: 'gaussian-blur', kernelFraction: 0.1, sigma: [0.5, 2.5] },
  invert: { name: 'invert' },
  posterize: { name: 'posterize', bits: 2 },
  solarize: { name: 'solarize', threshold: 128 },
  equalize: { name: 'equalize' },
};
