// nano-clip's tokenizer with CLIP's number of tokens and context length: start and end move to the last two ids, as in CLIP, and
// the gap is filled with entries that no text ever gives.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const source = join(import.meta.dirname, '../../../gpu-worker/models/nano-clip');

export type TokenizerFiles = { readonly tokenizer: string; readonly tokenizerConfig: string };

export async function readPaddedTokenizer(
  vocabularySize: number,
  contextLength: number,
): Promise<TokenizerFiles> {
  const tokenizer = JSON.parse(await readFile(join(source, 'tokenizer.json'), 'utf8'));
  const config = JSON.parse(await readFile(join(source, 'tokenizer_config.json'), 'utf8'));
  const [start, end] = [vocabularySize - 2, vocabularySize - 1];
  const vocabulary: Record<string, number> = tokenizer.model.vocab;
  for (let id = Object.keys(vocabulary).length - 2; id < start; id++) vocabulary[`<|unused${id}|>`] = id;
  vocabulary[config.bos_token] = start;
  vocabulary[config.eos_token] = end;
  for (const token of tokenizer.added_tokens) token.id = vocabulary[token.content];
  tokenizer.post_processor.cls = [config.bos_token, start];
  tokenizer.post_processor.sep = [config.eos_token, end];
  return {
    tokenizer: JSON.stringify(tokenizer),
    tokenizerConfig: JSON.stringify({ ...config, model_max_length: contextLength }),
  };
}
