// MobileCLIP (Xenova/mobileclip_s0 and its siblings): CLIP in all but preprocessing, which does not normalise.

import { clip } from './clip.ts';
import type { Family } from './family.ts';

export const mobileClip: Family = {
  ...clip,
  name: 'mobileclip',
  recognises: ({ config, preprocessor }) =>
    config.model_type?.includes('mobileclip') === true ||
    (preprocessor.do_normalize === false && (config.model_type ?? 'clip') === 'clip'),
  normalisation: { mean: [0, 0, 0], std: [1, 1, 1] },
};
