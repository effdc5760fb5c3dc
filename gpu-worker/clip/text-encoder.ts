// The text half of an encoder.

import type { QueueOptions } from './batch-queue.ts';
import type { Engine } from './engine.ts';
import type { RemoteTower } from './inference.ts';
import { orderedWindow } from './ordered-window.ts';
import type { ClipTokenizer } from './tokenize.ts';

export type EmbeddedTexts = {
  /** [n, d], raw rows. */
  readonly embeddings: Float32Array<ArrayBuffer>;
  /** Of all texts together; start and end counted, padding not. */
  readonly tokenCount: number;
  /** Indices of texts that had more tokens than the model's context. */
  readonly truncated: readonly number[];
};

export type TextEncoder = {
  readonly embedTexts: (texts: readonly string[], options?: Partial<QueueOptions>) => Promise<EmbeddedTexts>;
  readonly textOf: ClipTokenizer['textOf'];
  /** [n, d], raw rows. */
  readonly encodeTexts: (
    texts: readonly string[],
    options?: Partial<QueueOptions>,
  ) => Promise<Float32Array<ArrayBuffer>>;
};

/** Texts of one caller in the queue at once. */
const textWindow = 64;

export function createTextEncoder(engine: Engine, tokenizer: ClipTokenizer, tower: RemoteTower): TextEncoder {
  async function embedTexts(
    texts: readonly string[],
    { lane = 'interactive', signal }: Partial<QueueOptions> = {},
  ): Promise<EmbeddedTexts> {
    let tokenCount = 0;
    const truncated: number[] = [];
    const rows = orderedWindow(texts.entries(), textWindow, ([index, text]) => {
      const tokenized = tokenizer.tokenize(text);
      tokenCount += tokenized.tokenCount;
      if (tokenized.truncated) truncated.push(index);
      return engine.queue.run(tower, tokenized.ids, { lane, signal });
    });
    const embeddings = new Float32Array(texts.length * tower.embeddingDimension);
    let offset = 0;
    for await (const row of rows) {
      embeddings.set(row, offset);
      offset += row.length;
    }
    return { embeddings, tokenCount, truncated };
  }

  return {
    embedTexts,
    textOf: tokenizer.textOf,
    encodeTexts: async (texts, options) => (await embedTexts(texts, options)).embeddings,
  };
}
