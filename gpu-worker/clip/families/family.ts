// What a family of models is to the worker: how it is recognised from its files, and what they leave unsaid. The rest of the
// worker knows no family by name.

import type { Scoring } from '#shared/contracts/model.ts';
import type { ConfigFile, PreprocessorFile, TokenizerConfigFile } from '../model-files.ts';
import type { ModelLayout } from '../model-layout.ts';

export type FamilyName =
  | 'clip'
  | 'mobileclip'
  | 'siglip'
  | 'siglip2'
  | 'jina-clip'
  | 'chinese-clip'
  | 'multilingual-clip';

export type ModelFiles = {
  readonly layout: ModelLayout['kind'];
  readonly config: ConfigFile;
  readonly preprocessor: PreprocessorFile;
  readonly tokenizerConfig: TokenizerConfigFile;
};

export type Triple = readonly [number, number, number];

export type TextRules = {
  /** Tokens at most, where neither the files nor the graph say. */
  readonly defaultContext: number;
  /** `context`: every text is padded to the context; `need`: to what it needs, which leaves the rest uncomputed. */
  readonly padding: 'context' | 'need';
  /** Whether the attention mask, where a graph takes one, follows the tokens, or is one all over as in training. */
  readonly mask: 'tokens' | 'ones';
  /** What is done to a text before it is tokenised, where the tokenizer's own file does not. */
  readonly clean?: (text: string, config: TokenizerConfigFile) => string;
};

export type Family = {
  readonly name: FamilyName;
  readonly recognises: (files: ModelFiles) => boolean;
  /** The end of a sentence about a model that is of this family and cannot be used; `undefined` where it can. */
  readonly refusal?: (files: ModelFiles) => string | undefined;
  /** Where preprocessor_config.json names none. */
  readonly normalisation: { readonly mean: Triple; readonly std: Triple };
  readonly text: TextRules;
  /** Names of outputs, best first; where a graph has none of them, its only matrix is taken. */
  readonly outputs: { readonly vision: readonly string[]; readonly text: readonly string[] };
  readonly scores: (config: ConfigFile) => Scores;
};

/** How plain CLIP of a model scores. */
export type Scores = {
  readonly logitScale: number;
  readonly scoring: Scoring;
  /** Where numbers that probabilities depend on are not in the files: those that stand in, and whose they are. */
  readonly assumed?: string;
};

export const openAiNormalisation = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
} as const;

/** What CLIP clips its learned factor to; hub configs carry only the value before training. */
const clipLogitScale = 100;

export const clipScores = ({ logit_scale: logitScale = clipLogitScale }: ConfigFile): Scores => ({
  logitScale,
  scoring: { kind: 'softmax' },
});

export const clipOutputs = {
  vision: ['image_embeds', 'image_embeddings', 'image_embedding', 'image_features'],
  text: ['text_embeds', 'text_embeddings', 'text_embedding', 'text_features'],
} as const;
