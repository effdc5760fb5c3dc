// Words of the choices of a solve, of a fit and of a refit.

export const solveStrings = {
  estimator: 'Estimator',
  automatic: 'Automatic',
  estimators: {
    auto: { name: 'Automatic', hint: 'the best on environments left out' },
    icm: { name: 'icm', hint: 'keeps what varies between pictures and is still under interventions' },
    soft: { name: 'soft', hint: 'shrinks each direction by how much it moves' },
    gevd: { name: 'gevd', hint: 'directions of the best ratio of variation to movement' },
    nap: { name: 'nap', hint: 'drops the directions that move most' },
    identity: {
      name: 'identity',
      hint: 'projects nothing away: plain CLIP, and with a profile its mean taken out',
    },
  },
  lambda: 'λ′, the weight of the interventions',
  lambdaHint: 'Higher holds stiller; at 1 movement and variation weigh the same.',
  dimension: 'k, the dimensions kept',
  dimensionHint: (most: number) => `Fewer is stricter; ${most} is all of them.`,
  more: 'More: heads, template, centring',
  heads: 'Heads',
  headNames: { 'zero-shot': 'zero-shot', probe: 'linear probe', wise: 'WiSE' },
  template: 'Template for labels',
  templateRule: 'Holds exactly one {}, where the label goes',
  centred: 'Take the mean out of the variation',
  removeMean: 'Take each modality’s mean out before projecting',
} as const;
