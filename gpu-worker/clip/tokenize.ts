// Texts to the token ids a CLIP text tower takes: start, text, end, then padding up to the context length. A text that is too
// long loses its last words and keeps its end token, which is where CLIP reads the text's embedding.

import { Tokenizer } from '@huggingface/tokenizers';
import type { TokenizerConfigFile, TokenizerFile } from './model-files.ts';

export type TokenizedTexts = {
  /** [n, contextLength]. */
  readonly ids: BigInt64Array<ArrayBuffer>;
  /** Of all texts together, padding not counted. */
  readonly tokenCount: number;
};

export type ClipTokenizer = {
  readonly contextLength: number;
  readonly tokenize: (texts: readonly string[]) => TokenizedTexts;
};

/** `undefined` where the special tokens that tokenizer_config.json names are not in the vocabulary. */
export function openTokenizer(
  file: TokenizerFile,
  config: TokenizerConfigFile,
  contextLength: number,
): ClipTokenizer | undefined {
  const tokenizer = new Tokenizer(file, config);
  const end = tokenizer.token_to_id(config.eos_token);
  const padding = tokenizer.token_to_id(config.pad_token ?? config.eos_token);
  if (end === undefined || padding === undefined) return undefined;

  return {
    contextLength,
    tokenize(texts) {
      const ids = new BigInt64Array(texts.length * contextLength).fill(BigInt(padding));
      let tokenCount = 0;
      for (const [row, text] of texts.entries()) {
        const tokens = tokenizer.encode(text).ids.slice(0, contextLength);
        if (tokens.length === contextLength) tokens[contextLength - 1] = end;
        tokens.forEach((token, position) => {
          ids[row * contextLength + position] = BigInt(token);
        });
        tokenCount += tokens.length;
      }
      return { ids, tokenCount };
    },
  };
}
