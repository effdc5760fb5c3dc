// Chinese CLIP (OFA-Sys, Xenova/chinese-clip-vit-*): CLIP's picture tower, and a BERT that reads both ways, from its first token.

import { clipOutputs, clipScores, type Family, openAiNormalisation } from './family.ts';

export const chineseClip: Family = {
  name: 'chinese-clip',
  recognises: ({ config }) => config.model_type === 'chinese_clip',
  normalisation: openAiNormalisation,
  // Trained with 52 tokens; its positions reach 512, and longer texts are read to there as the hub's pipeline does.
  text: { defaultContext: 512, padding: 'need', mask: 'tokens' },
  outputs: clipOutputs,
  scores: clipScores,
};
