// SigLIP and SigLIP 2 (Zhai et al., "Sigmoid Loss for Language Image Pre-Training", ICCV 2023): trained on each pair of a picture
// and a text by itself, so that scores are sigmoids with a bias. Texts are padded to 64 tokens and attended to as a whole,
// padding included. SigLIP 2 has Gemma's tokenizer and was trained on lower case, which its tokenizer.json does not say.

import type { ConfigFile, TokenizerConfigFile } from '../model-files.ts';
import { clipOutputs, type Family, type ModelFiles, type Scores } from './family.ts';

const siglipContext = 64;

type Learned = { readonly logitScale: number; readonly logitBias: number; readonly of: string };

/**
 * What published models learned (exp of logit_scale, and logit_bias), by the width of their embeddings, for exports whose
 * config.json states neither: the hub's do not, because both are weights. The order of labels does not depend on them, the
 * probabilities do. Sources: docs/models.md, “Scale and bias”.
 */
const published: Readonly<Record<'siglip' | 'siglip2', Readonly<Record<number, Learned>>>> = {
  siglip: {
    768: { logitScale: 117.330765, logitBias: -12.932437, of: 'google/siglip-base-patch16-224' },
    1024: { logitScale: 118.2, logitBias: -12.7, of: 'google/siglip-large-patch16-384' },
    1152: { logitScale: 112.33287, logitBias: -16.546421, of: 'google/siglip-so400m-patch14-384' },
  },
  siglip2: {
    768: { logitScale: 112.6689, logitBias: -16.771725, of: 'google/siglip2-base-patch16-224' },
    1152: { logitScale: 109.9, logitBias: -15.9, of: 'google/siglip2-so400m-patch16-256' },
  },
};
/** That of the base models, whose configs may leave it out. */
const defaultWidth = 768;

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
  scores: scoresLike(published.siglip),
};

export const siglip2: Family = {
  ...siglip,
  name: 'siglip2',
  recognises: (files) => isSiglip(files) && hasGemmaTokenizer(files),
  text: { ...siglip.text, clean: (text) => text.toLowerCase() },
  scores: scoresLike(published.siglip2),
};

function scoresLike(learned: Readonly<Record<number, Learned>>) {
  return ({ logit_scale: scale, logit_bias: bias, ...config }: ConfigFile): Scores => {
    const width = config.vision_config?.hidden_size ?? config.embed_dim ?? defaultWidth;
    const like = learned[width] ?? learned[defaultWidth];
    if (like === undefined) throw new Error('no published model of the default width');
    const { logitScale, logitBias, of } = like;
    return {
      logitScale: scale ?? logitScale,
      scoring: { kind: 'sigmoid', logitBias: bias ?? logitBias },
      ...(scale !== undefined && bias !== undefined
        ? {}
        : { assumed: `scale ${scale ?? logitScale} and bias ${bias ?? logitBias} like ${of}` }),
    };
  };
}

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
