// Texts to the token ids a text tower takes: the tokenizer's own start and end, then padding, up to the context length or to a
// step that several texts share. A text that is too long loses its last words and keeps its end token, which is where CLIP reads
// the text's embedding.

import { Tokenizer } from '@huggingface/tokenizers';
import { err, ok, type Result } from '#shared/result.ts';
import type { TextRules } from './families/family.ts';
import type { TokenizerConfigFile, TokenizerFile } from './model-files.ts';

export type TokenizedText = {
  /** As long as the context, or as the step that the text needs. */
  readonly ids: BigInt64Array<ArrayBuffer>;
  /** Start and end counted, padding not. */
  readonly tokenCount: number;
  /** Whether the text had more tokens than the context. */
  readonly truncated: boolean;
};

export type ClipTokenizer = {
  readonly contextLength: number;
  readonly padding: TokenPadding;
  readonly tokenize: (text: string) => TokenizedText;
  /**
   * The text that these tokens are, or `undefined` where it does not have them: ids of another tokenizer make nonsense,
   * which has other tokens when it is read again. Those of start, end and padding may stand at the ends.
   */
  readonly textOf: (ids: readonly number[]) => string | undefined;
};

/** How padding is told from tokens in a row of ids: where the end token pads, the first of them is the text's own. */
export type TokenPadding = { readonly id: number; readonly isEnd: boolean };

export type TokenizerOptions = Pick<TextRules, 'padding' | 'clean'> & { readonly contextLength: number };

/** More than most tokens have, so that the first look at a long text is nearly always the last. */
const charactersPerToken = 16;

/** Texts padded to what they need share these lengths, so that they still run in batches. */
const steps = [16, 32, 64, 128, 256, 512];

/** The error is the end of a sentence about the model. */
export function openTokenizer(
  file: TokenizerFile,
  config: TokenizerConfigFile,
  options: TokenizerOptions,
): Result<ClipTokenizer, string> {
  const { contextLength, clean = (text) => text } = options;
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(file, config);
  } catch (error) {
    const kind = `its tokenizer (${file.model.type ?? 'of no type'})`;
    const part = /^Unknown (\w+) type: (\w+)/.exec(error instanceof Error ? error.message : '');
    return err(
      part === null
        ? `${kind} is of a kind that is not known here`
        : `${kind} has a ${part[1]} of a kind that is not known here: ${part[2]}`,
    );
  }
  const special = specialTokens(tokenizer, config);
  if (!special.ok) return special;
  const { end, padding } = special.value;

  /**
   * All tokens of a text, or so many that what lies behind them is cut anyway. This runs on the event loop, where reading all of
   * 32 KiB took up to 0.9 s (two busy processors).
   */
  function firstTokens(text: string): number[] {
    for (let length = contextLength * charactersPerToken; ; length *= 4) {
      const part = text.slice(0, length);
      const tokens = tokenizer.encode(clean(part, config)).ids;
      if (length >= text.length || tokens.length > 2 * contextLength) return tokens;
    }
  }

  function tokenize(text: string): TokenizedText {
    const tokens = firstTokens(text);
    const truncated = tokens.length > contextLength;
    const kept = truncated ? tokens.slice(0, contextLength) : tokens;
    if (truncated && end !== undefined) kept[contextLength - 1] = end;
    const ids = new BigInt64Array(rowLength(kept.length, options)).fill(BigInt(padding.id));
    kept.forEach((token, position) => {
      ids[position] = BigInt(token);
    });
    return { ids, tokenCount: kept.length, truncated };
  }

  const edges = new Set(tokenizer.encode('').ids.concat(padding.id));

  function textOf(ids: readonly number[]): string | undefined {
    const inner = withoutEdges(ids, edges);
    try {
      const text = tokenizer.decode([...inner], { skip_special_tokens: false });
      const again = withoutEdges(tokenizer.encode(text).ids, edges);
      const isSame = again.length === inner.length && again.every((id, place) => id === inner[place]);
      return isSame && text.length > 0 ? text : undefined;
    } catch {
      // Ids beyond the vocabulary.
      return undefined;
    }
  }

  return ok({ contextLength, padding, tokenize, textOf });
}

/** Tokens of a row without its padding; at least one. */
export function tokensIn(row: BigInt64Array, { id, isEnd }: TokenPadding): number {
  const pad = BigInt(id);
  let count = row.length;
  while (count > 1 && row[count - 1] === pad) count--;
  return isEnd && count < row.length ? count + 1 : count;
}

function withoutEdges(ids: readonly number[], edges: ReadonlySet<number>): readonly number[] {
  const start = ids.findIndex((id) => !edges.has(id));
  return start === -1 ? [] : ids.slice(start, ids.findLastIndex((id) => !edges.has(id)) + 1);
}

function rowLength(tokens: number, { contextLength, padding }: TokenizerOptions): number {
  if (padding === 'context') return contextLength;
  return Math.min(contextLength, steps.find((step) => step >= tokens) ?? contextLength);
}

function specialTokens(
  tokenizer: Tokenizer,
  config: TokenizerConfigFile,
): Result<{ readonly end: number | undefined; readonly padding: TokenPadding }, string> {
  const endName = config.eos_token ?? config.sep_token;
  const paddingName = config.pad_token ?? endName;
  const missing = [endName, paddingName].find(
    (name) => name !== undefined && tokenizer.token_to_id(name) === undefined,
  );
  if (missing !== undefined) return err(`its special token ${missing} is not in its vocabulary`);
  const pad = paddingName && tokenizer.token_to_id(paddingName);
  if (pad === undefined || pad === '')
    return err('tokenizer_config.json names neither a padding nor an end token');
  // What a tokenizer puts behind every text is put behind one that is cut, too.
  const last = tokenizer.encode('').ids.at(-1);
  const end = last === tokenizer.encode('a').ids.at(-1) ? last : undefined;
  return ok({ end, padding: { id: pad, isEnd: pad === end } });
}
