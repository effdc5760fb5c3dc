// The small random models of test/fixtures/families, written by make-models.py, with what PyTorch says of them.

import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const familiesDirectory = fileURLToPath(new URL('../../fixtures/families', import.meta.url));
const images = new URL('../../fixtures/images/', import.meta.url);

export type Golden = {
  readonly family: string;
  readonly logitScale: number;
  readonly logitBias?: number;
  readonly pictures: readonly { readonly file: string; readonly embedding: readonly number[] }[];
  readonly texts: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly embedding: readonly number[];
  }[];
  /** [pictures, texts], by the family's own formula. */
  readonly probabilities: readonly (readonly number[])[];
};

/** Those with goldens; `variants` has none. */
export const familyModels = readdirSync(familiesDirectory).filter((name) => name !== 'variants');

export async function readGolden(name: string): Promise<Golden> {
  return JSON.parse(await readFile(join(familiesDirectory, name, 'golden.json'), 'utf8'));
}

export function readPicture(file: string): Promise<Buffer> {
  return readFile(new URL(file, images));
}

export function furthest(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  return Math.max(...Array.from(actual, (value, i) => Math.abs(value - (expected[i] ?? Number.NaN))));
}

export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>) =>
    Array.from(x, (value, i) => value * (y[i] ?? Number.NaN)).reduce((total, product) => total + product, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
