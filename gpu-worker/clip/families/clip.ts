// CLIP as OpenAI and open_clip export it (Xenova/clip-vit-*, TinyCLIP, fashion-clip, immich's ViT-*): a causal text tower read at
// its end token, so that what follows it does not count.

import { clipOutputs, clipScores, type Family, openAiNormalisation } from './family.ts';

/** What OpenAI trained with; exports whose tokenizer says 1e30 or nothing mean this. */
const clipContext = 77;

/** Recognises everything: the last to be asked. */
export const clip: Family = {
  name: 'clip',
  recognises: () => true,
  refusal: ({ config }) => {
    const type = config.model_type;
    return type === undefined || type.includes('clip')
      ? undefined
      : `config.json says model_type "${type}", which is no kind of CLIP known here`;
  },
  normalisation: openAiNormalisation,
  text: { defaultContext: clipContext, padding: 'context', mask: 'tokens' },
  outputs: clipOutputs,
  scores: clipScores,
};
