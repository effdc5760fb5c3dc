// The words of docs/glossary.md that the console explains where they stand. vite.config.ts refuses one that the page lacks.

export const terms = [
  'batch',
  'candidate',
  'class',
  'drift',
  'embedding',
  'environment',
  'estimator',
  'head',
  'intervention',
  'k',
  'λ′',
  'mean, centring',
  'plain CLIP',
  'probe',
  'profile',
  'projection',
  'selection',
  'shadow',
  'template',
  'WiSE',
  'zero-shot',
] as const;
export type Term = (typeof terms)[number];
