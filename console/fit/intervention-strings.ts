// What interventions are called.

export const interventionStrings = {
  original: { name: 'As it is', short: 'as it is' },
  'color-jitter': { name: 'Colour jitter', short: 'jitter' },
  grayscale: { name: 'Greyscale', short: 'grey' },
  'gaussian-blur': { name: 'Gaussian blur', short: 'blur' },
  invert: { name: 'Invert', short: 'invert' },
  posterize: { name: 'Posterize', short: 'posterize' },
  solarize: { name: 'Solarize', short: 'solarize' },
  equalize: { name: 'Equalize', short: 'equalize' },
} as const;
