import { describe, expect, test } from 'vitest';
import { softmaxScoring } from '#shared/contracts/model.ts';
import { normaliseRows } from '#shared/math/linear/vector.ts';
import { classPrototypes } from '#shared/pictures/class-prototype.ts';
import { fillTemplate } from '#shared/pictures/prompts.ts';
import { ok } from '#shared/result.ts';
import { encodeLabels } from '../../../cli/evaluate/encode-labels.ts';
import { createPrototypeCache } from '../../../edge/cache/prototype-cache.ts';
import type { Encoder } from '../../../gpu-worker/clip/encoder.ts';
import { labelPrototypes } from '../../../gpu-worker/use-cases/text-embeddings.ts';

const dimension = 512;
const model = { id: 'fake', revision: 'f'.repeat(64) };
const labels = Array.from({ length: 50 }, (_, index) => `thing_${index}`);
const templates = Array.from({ length: 7 }, (_, index) => `style ${index} of a {}`);

/** Rows that depend on the texts alone, of no particular length, as a text tower gives them. */
function rawRows(texts: readonly string[]): Float32Array<ArrayBuffer> {
  const rows = new Float32Array(texts.length * dimension);
  for (const [row, text] of texts.entries()) {
    let state = [...text].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) >>> 0, 17);
    for (let i = 0; i < dimension; i++) {
      state = (state * 1_664_525 + 1_013_904_223) >>> 0;
      rows[row * dimension + i] = state / 2 ** 31 - 1;
    }
  }
  return rows;
}

describe('class prototypes of several templates', () => {
  test('are the same to the bit at the edge, in a fit and in an evaluation', async () => {
    const asked: string[] = [];
    const edge = createPrototypeCache({
      bytes: { get: async () => undefined, put: async () => undefined, delete: async () => undefined },
      worker: {
        async encodeTexts({ texts: sent }) {
          const texts = sent.map(String);
          asked.push(...texts);
          const embeddings = rawRows(texts);
          normaliseRows(embeddings, dimension);
          const facts = { model, dimension, logitScale: 100, scoring: softmaxScoring };
          return ok({ ...facts, embeddings, failures: [], tokens: 0, truncated: [], pixels: 0 });
        },
      },
    });
    const request = { tenantId: 'ten_a', model, labels, templates };
    const atTheEdge = await edge.get(request, {
      context: { lane: 'interactive' },
      later: () => undefined,
      nowMs: 0,
      charge: (_amounts, work) => work(),
      count: () => undefined,
    });
    const encoder = {
      info: { embeddingDimension: dimension },
      encodeTexts: async (texts: readonly string[]) => rawRows(texts),
    } as unknown as Encoder;
    const inAFit = await labelPrototypes(labels, templates, encoder, { lane: 'bulk', signal: undefined });
    const evaluated = await encodeLabels(labels, templates, encoder);
    if (!atTheEdge.ok || !inAFit.ok) throw new Error('nothing here can fail');
    expect(inAFit.value).toEqual(atTheEdge.value.rows);
    expect(evaluated.prototypes).toEqual(inAFit.value);
    expect(asked[0]).toBe('style 0 of a thing 0');
  });

  test('have unit length and point to the mean', () => {
    const rows = Float32Array.of(1, 0, 0, 1, 0, 1, 0, 1);
    expect(classPrototypes(rows, 2, 2)).toEqual(Float32Array.of(Math.SQRT1_2, Math.SQRT1_2, 0, 1));
  });

  test('cannot be made of rows that are not so many a class', () => {
    expect(() => classPrototypes(new Float32Array(6), 2, 2)).toThrow(RangeError);
  });
});

test('an underscore of a label is a space in what CLIP is asked, and nothing else of it is touched', () => {
  expect(fillTemplate('a picture of a {}', 'polar_bear')).toBe('a picture of a polar bear');
  expect(fillTemplate('a_b {}', '$& {}')).toBe('a_b $& {}');
});
