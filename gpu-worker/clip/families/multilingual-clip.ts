// Multilingual CLIPs with a text tower of another make (XLM-R, BERT, DistilBERT) beside CLIP's picture tower: M-CLIP, open_clip's
// xlm-roberta-*, and exports of vision-text dual encoders. The tower reads both ways, so that its mask has to follow the tokens.

import { clipOutputs, clipScores, type Family, openAiNormalisation } from './family.ts';

const bothWays = /^(?:xlm-roberta|xlm_roberta|bert|distilbert|roberta|mpnet|nllb|m2m_100)/;

export const multilingualClip: Family = {
  name: 'multilingual-clip',
  recognises: ({ config }) =>
    config.model_type === 'vision-text-dual-encoder' ||
    config.model_type === 'M-CLIP' ||
    config.text_cfg?.hf_model_name !== undefined ||
    bothWays.test(config.text_config?.model_type ?? ''),
  normalisation: openAiNormalisation,
  text: { defaultContext: 512, padding: 'need', mask: 'tokens' },
  outputs: {
    vision: clipOutputs.vision,
    text: [...clipOutputs.text, 'sentence_embedding'],
  },
  scores: clipScores,
};
