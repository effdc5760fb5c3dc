// The committed sample pictures follow their rule: every style has every concept, drawn as the script draws it.

import { readdir, readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { type Concept, listConcepts, styles } from '../../samples/concepts.ts';
import { pictureSize, renderIcon } from '../../samples/render.ts';

const root = new URL('../../samples/emoji/', import.meta.url);
const concepts = listConcepts();
const sorted = (names: readonly string[]) => names.toSorted();

describe('the sample pictures', () => {
  it('are every concept of the rule in every style, and nothing else', async () => {
    console.log(`${concepts.length} concepts in ${styles.length} styles`);
    expect(concepts.length).toBeGreaterThan(100);
    expect(sorted(await readdir(root))).toEqual(sorted(styles));
    for (const style of styles) {
      const files = await readdir(new URL(`${style}/`, root), { recursive: true });
      const expected = concepts.flatMap(({ slug }) => [slug, `${slug}/${slug}.png`]);
      expect(sorted(files)).toEqual(sorted(expected));
    }
  });

  it('are square, opaque, on white and not empty', async () => {
    for (const style of styles) {
      for (const { slug } of concepts) {
        const picture = sharp(await readFile(new URL(`${style}/${slug}/${slug}.png`, root)));
        const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
        const name = `${style}/${slug}`;
        expect([name, info.width, info.height, info.channels]).toEqual([name, pictureSize, pictureSize, 3]);
        const white = data.filter((value) => value === 255).length / data.length;
        expect(white, name).toBeGreaterThan(0.05);
        expect(white, name).toBeLessThan(0.99);
      }
    }
  });

  it('are what the script draws', async () => {
    const everyNinth = concepts.filter((_, index) => index % 9 === 0);
    for (const concept of everyNinth) {
      for (const style of styles) expect(await largestDifference(style, concept)).toBeLessThanOrEqual(8);
    }
  });
});

/** In levels, between the committed picture and a fresh rendering (other platforms may round differently). */
async function largestDifference(style: (typeof styles)[number], { slug, icons }: Concept): Promise<number> {
  const icon = icons.get(style);
  if (!icon) throw new Error(`${style} does not draw ${slug}`);
  const pixels = (bytes: Buffer) => sharp(bytes).raw().toBuffer();
  const committed = await pixels(await readFile(new URL(`${style}/${slug}/${slug}.png`, root)));
  const fresh = await pixels(await renderIcon(icon));
  return committed.reduce((most, value, index) => Math.max(most, Math.abs(value - (fresh[index] ?? 0))), 0);
}
