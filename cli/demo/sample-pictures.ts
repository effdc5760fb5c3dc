// The demo's pictures: emoji drawn in five coloured styles to fit on, and in two monochrome ones to be tried on. The
// embedded model has not seen the latter for these concepts (see its card).

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { sha256Hex } from '#shared/digest.ts';
import { colouredStyles, monochromeStyles } from '../../samples/concepts.ts';
import { sampleFolder, samplePicture } from '../../samples/files.ts';
import type { TreePicture } from '../read-tree.ts';

type PictureFile = TreePicture & { readonly class: string };

export type SamplePicture = PictureFile & {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sha256: string;
};

export type SamplePictures = {
  readonly sources: readonly PictureFile[];
  readonly sourceStyles: readonly string[];
  readonly targets: readonly SamplePicture[];
  readonly targetStyles: readonly string[];
};

export async function readSamplePictures(): Promise<SamplePictures> {
  const of = async (styles: readonly string[]) => (await Promise.all(styles.map(listStyle))).flat();
  const targets = (await of(monochromeStyles)).map(async (picture) => {
    const bytes = new Uint8Array(await readFile(picture.file));
    return { ...picture, bytes, sha256: await sha256Hex(bytes) };
  });
  return {
    sources: await of(colouredStyles),
    sourceStyles: colouredStyles,
    targets: await Promise.all(targets),
    targetStyles: monochromeStyles,
  };
}

async function listStyle(style: string): Promise<PictureFile[]> {
  const names = (await readdir(sampleFolder(style))).sort();
  return names.map((name) => {
    const concept = path.basename(name, '.png');
    const file = samplePicture(style, concept);
    return { environment: style, class: concept.replaceAll('_', ' '), filename: path.basename(file), file };
  });
}
