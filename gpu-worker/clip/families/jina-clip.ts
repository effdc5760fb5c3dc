// jina-clip v1 (BERT tokenizer) and v2 (XLM-R tokenizer): text towers that read both ways, up to 8,192 tokens. Their graphs
// pool by themselves; where one gives tokens instead, the mean over them is what the model was trained with.

import { clipOutputs, clipScores, type Family, openAiNormalisation } from './family.ts';

export const jinaClip: Family = {
  name: 'jina-clip',
  recognises: ({ config }) => config.model_type === 'jina_clip',
  normalisation: openAiNormalisation,
  text: { defaultContext: 512, padding: 'need', mask: 'tokens' },
  outputs: {
    vision: ['l2norm_image_embeddings', ...clipOutputs.vision],
    text: ['l2norm_text_embeddings', ...clipOutputs.text],
  },
  scores: clipScores,
};
