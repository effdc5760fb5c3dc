// SigLIP and SigLIP 2 (Zhai et al., "Sigmoid Loss for Language Image Pre-Training", ICCV 2023): trained on each pair of a picture
// and a text by itself, so that scores are sigmoids with a bias. Texts are padded to 64 tokens and attended to as a whole,
// padding included. SigLIP 2 has Gemma's tokenizer and was trained on lower case, which its tokenizer.json does not say.

import type { Scoring } from '#shared/contracts/model.ts';
import type { TokenizerConfigFile } from '../model-files.ts';
import { clipOutputs, type Family, type ModelFiles } from './family.ts';

const siglipContext = 64;

/**
 * What google/siglip-base-patch16-224 learned (exp of its logit_scale, and its logit_bias), for exports whose config.json states
 * neither: the hub's do not, because both are weights. The order of labels does not depend on them, the probabilities do.
 */
const learned = { logitScale: 117.33, logitBias: -12.93 };

export const siglip: Family = {
  name: 'siglip',
  recognises: (files) => isSiglip(files) && !hasGemmaTokenizer(files),
  refusal: refuseFlexible,
  normalisation: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  text: { defaultContext: siglipContext, padding: 'context', mask: 'ones', clean: canonicalise },
  outputs: {
    vision: [...clipOutputs.vision, 'pooler_output'],
    text: [...clipOutputs.text, 'pooler_output'],
  },
  logitScale: learned.logitScale,
  scoring: ({ config }): Scoring => ({ kind: 'sigmoid', logitBias: config.logit_bias ?? learned.logitBias }),
};

export const siglip2: Family = {
  ...siglip,
  name: 'siglip2',
  recognises: (files) => isSiglip(files) && hasGemmaTokenizer(files),
  text: { ...siglip.text, clean: (text) => text.toLowerCase() },
};

function isSiglip({ config }: ModelFiles): boolean {
  return config.model_type?.startsWith('siglip') === true || config.init_logit_bias !== undefined;
}

function hasGemmaTokenizer({ config, tokenizerConfig }: ModelFiles): boolean {
  return config.model_type === 'siglip2' || /gemma/i.test(tokenizerConfig.tokenizer_class ?? '');
}

/** As the authors' pipeline: lower case (the multilingual ones excepted), no punctuation, single spaces. */
function canonicalise(text: string, { do_lower_case: lower = true }: TokenizerConfigFile): string {
  return (lower ? text.toLowerCase() : text)
    .replace(/[!-/:-@[-`{-~]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function refuseFlexible({ config, preprocessor }: ModelFiles): string | undefined {
  const flexible =
    preprocessor.image_processor_type?.startsWith('Siglip2') === true || preprocessor.max_num_patches;
  return config.model_type === 'siglip2' && flexible
    ? 'it takes pictures of any proportion as patches (NaFlex), which is not supported; a fixed-resolution SigLIP 2 is'
    : undefined;
}
