// The interventions on pictures, each with the parameters that it has where a request names it alone: torchvision's defaults
// widened. Free of zod, for the console. The order is that of a fit.

type Range = [low: number, high: number];
const halfToOneAndAHalf: Range = [0.5, 1.5];
const hue: Range = [-0.2, 0.2];
const sigma: Range = [0.5, 2.5];

export const defaultIntervention = {
  'color-jitter': {
    name: 'color-jitter',
    brightness: halfToOneAndAHalf,
    contrast: halfToOneAndAHalf,
    saturation: halfToOneAndAHalf,
    hue,
  },
  grayscale: { name: 'grayscale' },
  'gaussian-blur': { name: 'gaussian-blur', kernelFraction: 0.1, sigma },
  invert: { name: 'invert' },
  posterize: { name: 'posterize', bits: 2 },
  solarize: { name: 'solarize', threshold: 128 },
  equalize: { name: 'equalize' },
} as const;

export const pictureInterventionNames = [
  'color-jitter',
  'grayscale',
  'gaussian-blur',
  'invert',
  'posterize',
  'solarize',
  'equalize',
] as const satisfies readonly (keyof typeof defaultIntervention)[];
