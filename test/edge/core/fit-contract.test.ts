// A request against its contract: what null means, and which fault is told of a union.

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ClassificationRequest } from '#shared/contracts/classification.ts';
import { Timestamp } from '#shared/contracts/common.ts';
import { EmbeddingRequest } from '#shared/contracts/embedding.ts';
import { FitRequest } from '#shared/contracts/projection.ts';
import { fitContract } from '../../../edge/http/middleware/fit-contract.ts';

const errorsOf = (value: unknown, schema = EmbeddingRequest as Parameters<typeof fitContract>[0]) => {
  const fitted = fitContract(schema, value, '');
  return fitted.ok ? [] : fitted.errors;
};

describe('null', () => {
  it('is absence in every optional field, also inside lists and unions', () => {
    const nulls = { encoding_format: null, user: null, dimensions: null, projection: null, onError: null };
    expect(fitContract(EmbeddingRequest, { input: 'a', model: null, ...nulls }, '')).toEqual({
      ok: true,
      value: { input: 'a', encoding_format: 'float', onError: 'request' },
    });
    const interventions = [{ name: 'gaussian-blur', kernelSize: null }, 'invert'];
    const fit = { name: 'a', datasets: ['d'], labels: null, interventions, textInterventions: null };
    expect(errorsOf(fit, FitRequest)).toEqual([]);
  });

  it('is a fault where something is needed, and no element of a list', () => {
    expect(errorsOf({ input: null })[0]?.pointer).toBe('/input');
    expect(errorsOf({ input: ['a', null] })[0]?.pointer).toBe('/input/1');
    expect(errorsOf({ labels: ['a', null], inputs: [] }, ClassificationRequest)[0]?.pointer).toBe(
      '/labels/1',
    );
  });

  it('keeps a meaning that a contract gives it', () => {
    const schema = z.object({ until: z.string().nullable().optional(), name: z.string().optional() });
    expect(fitContract(schema, { until: null, name: null }, '')).toEqual({
      ok: true,
      value: { until: null },
    });
  });
});

describe('the fault that is told', () => {
  it('names the limit, of the branch that was meant', () => {
    const tooMany = errorsOf({ input: Array.from({ length: 2049 }, () => 'a') });
    expect(tooMany).toEqual([{ pointer: '/input', message: expect.stringContaining('2048') }]);
    const pictures = errorsOf({ input: Array.from({ length: 65 }, () => ({ image: 'aaaa' })) });
    expect(pictures).toEqual([{ pointer: '/input', message: expect.stringMatching(/65 pictures.* 64/) }]);
    const long = errorsOf({ input: ['a', 'b'.repeat(2 ** 24 + 1)] });
    expect(long).toEqual([{ pointer: '/input/1', message: expect.stringContaining('16777216') }]);
    const tokens = errorsOf({
      input: [
        [1, 2],
        [3, -1],
      ],
    });
    expect(tokens).toEqual([{ pointer: '/input/1', message: expect.stringContaining('token') }]);
    const address = errorsOf({ input: ['a', { url: 'ftp://pictures.example/a.png' }] });
    expect(address[0]?.pointer).toBe('/input/1/url');
  });

  it('names what is wanted where nothing fits', () => {
    expect(errorsOf({ input: 5 })).toEqual([
      { pointer: '/input', message: 'expected string or array or object' },
    ]);
  });
});

describe('labels', () => {
  const ask = (...labels: string[]) =>
    errorsOf({ labels, inputs: [{ embedding: [1] }] }, ClassificationRequest);

  it('that are the same after trimming and in NFC are refused with the pair named', () => {
    expect(ask('cat', 'dog', ' cat ')).toEqual([
      { pointer: '/labels/2', message: 'labels 0 and 2 are both "cat"' },
    ]);
    expect(ask('caf\u00e9', 'cafe\u0301')[0]?.message).toMatch(/^labels 0 and 1 are both "caf/);
    expect(ask('cat', 'Cat')).toEqual([]);
  });
});

describe('an instant', () => {
  it('may have an offset, and is kept in UTC', () => {
    expect(Timestamp.parse('2030-01-01T02:00:00+02:00')).toBe('2030-01-01T00:00:00.000Z');
    expect(Timestamp.parse('2030-01-01T00:00:00Z')).toBe('2030-01-01T00:00:00.000Z');
    for (const text of ['2030-01-01', '', 'soon']) expect(Timestamp.safeParse(text).success).toBe(false);
  });
});
