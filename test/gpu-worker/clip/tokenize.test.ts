// Token ids of the embedded model's tokenizer, against its reference.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, test } from 'vitest';
import { openTokenizer } from '../../../gpu-worker/clip/tokenize.ts';
import { fc } from '../../support/properties.ts';
import { nanoClip } from '../support/model-copies.ts';

const read = async (name: string) => JSON.parse(await readFile(join(nanoClip, name), 'utf8'));
const file = await read('tokenizer.json');
const config = await read('tokenizer_config.json');
const { texts } = await read('reference.json');
const contextLength = 32;
const [start, end] = [4094n, 4095n];

function open(length = contextLength) {
  const tokenizer = openTokenizer(file, config, { contextLength: length, padding: 'context' });
  if (!tokenizer.ok) throw new Error(tokenizer.error);
  return tokenizer.value;
}

describe('tokenize', () => {
  test.each<{ text: string; input_ids: number[] }>(texts)(
    'gives $text the ids of the reference, then padding',
    ({ text, input_ids: expected }) => {
      const { ids, tokenCount } = open().tokenize(text);
      expect([...ids.subarray(0, expected.length)].map(Number)).toEqual(expected);
      expect(ids.subarray(expected.length).every((id) => id === end)).toBe(true);
      expect(tokenCount).toBe(expected.length);
    },
  );

  test('cuts a long text and keeps its end token', () => {
    const { ids, tokenCount, truncated } = open().tokenize('cat '.repeat(100));
    expect(ids).toHaveLength(contextLength);
    expect([ids[0], ids[contextLength - 1]]).toEqual([start, end]);
    expect([tokenCount, truncated]).toEqual([contextLength, true]);
    expect(open().tokenize('dog')).toMatchObject({ tokenCount: 3, truncated: false });
  });

  test.each([
    ['words', 'fox and hare '.repeat(2500)],
    ['one word', 'a'.repeat(32_768)],
    ['a word far behind spaces', `fox${' '.repeat(30_000)}hare`],
  ])('reads a long text of %s as if it had read all of it', (_, text) => {
    const whole = new Tokenizer(file, config).encode(text).ids;
    const { ids, truncated } = open().tokenize(text);
    const kept = whole.slice(0, contextLength);
    if (whole.length > contextLength) kept[contextLength - 1] = Number(end);
    expect([...ids.subarray(0, kept.length)].map(Number)).toEqual(kept);
    expect(truncated).toBe(whole.length > contextLength);
  });

  test('fits any text into any context', () => {
    const lengths = fc.integer({ min: 3, max: 40 });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), lengths, (text, length) => {
        const { ids } = open(length).tokenize(text);
        expect(ids).toHaveLength(length);
        expect(ids[0]).toBe(start);
        expect(ids.includes(end)).toBe(true);
      }),
    );
  });

  test('refuses special tokens that the vocabulary lacks', () => {
    const options = { contextLength, padding: 'context' } as const;
    expect(openTokenizer(file, { ...config, eos_token: '<|missing|>' }, options)).toEqual({
      ok: false,
      error: 'its special token <|missing|> is not in its vocabulary',
    });
  });
});
