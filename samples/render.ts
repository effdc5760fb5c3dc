// Draws the sample pictures: samples/emoji/<style>/<concept>/<concept>.png, 128 x 128 on white, as small as a palette
// makes them. `node samples/render.ts` writes the whole tree anew; the result is committed.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { type Icon, listConcepts, styles } from './concepts.ts';

export const pictureSize = 128;

/** One icon as PNG bytes; the same bytes every time for one version of sharp. */
export async function renderIcon({ body, left, top, width, height }: Icon): Promise<Buffer> {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" color="black" ` +
    `width="${pictureSize}" height="${pictureSize}" viewBox="${left} ${top} ${width} ${height}">${body}</svg>`;
  return sharp(Buffer.from(svg))
    .flatten({ background: 'white' })
    .png({ palette: true, colours: 128, dither: 0, effort: 10, compressionLevel: 9 })
    .toBuffer();
}

async function renderAll(root: URL): Promise<number> {
  const concepts = listConcepts();
  await rm(root, { recursive: true, force: true });
  for (const { slug, icons } of concepts) {
    for (const [style, icon] of icons) {
      const folder = new URL(`${style}/${slug}/`, root);
      await mkdir(folder, { recursive: true });
      await writeFile(new URL(`${slug}.png`, folder), await renderIcon(icon));
    }
  }
  return concepts.length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const count = await renderAll(new URL('./emoji/', import.meta.url));
  console.log(`${count} concepts in ${styles.length} styles: ${count * styles.length} pictures`);
}
