// The demo's pictures: emoji in four coloured styles to fit on, and six environments that the fit never sees. Two are monochrome
// styles, which the embedded model has not seen for these concepts either (see its card); four are a fifth coloured style through
// simulated cameras. Of each, 32 pictures without their labels make the profile, and the others are scored.

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { sha256Hex } from '#shared/digest.ts';
import { colouredStyles, monochromeStyles } from '../../samples/concepts.ts';
import { sampleFolder, samplePicture } from '../../samples/files.ts';
import type { TreePicture } from '../read-tree.ts';
import { cameras, seenThrough } from './simulated-cameras.ts';

type PictureFile = TreePicture & { readonly class: string };

export type SamplePicture = {
  readonly class: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sha256: string;
};

/** An environment that the fit never sees. */
export type Target = {
  readonly name: string;
  readonly isSimulated: boolean;
  readonly profile: readonly SamplePicture[];
  readonly scored: readonly SamplePicture[];
};

export type SamplePictures = {
  readonly sources: readonly PictureFile[];
  readonly sourceStyles: readonly string[];
  readonly targets: readonly Target[];
};

export const profilePictures = 32;

/** Kept out of the fit, and shown through the cameras: the first of the coloured ones, whichever that is. */
const [cameraStyle, ...sourceStyles] = colouredStyles;

export async function readSamplePictures(): Promise<SamplePictures> {
  const sources = await Promise.all(sourceStyles.map(listStyle));
  const styles = monochromeStyles.map(async (style) => splitTarget(style, false, await readStyle(style)));
  const seen = await readStyle(cameraStyle);
  const simulated = cameras.map(async (camera) => {
    const pictures = seen.map(async ({ class: of, bytes }) => toSample(of, await seenThrough(camera, bytes)));
    return splitTarget(`${cameraStyle}, ${camera}`, true, await Promise.all(pictures));
  });
  return { sources: sources.flat(), sourceStyles, targets: await Promise.all([...styles, ...simulated]) };
}

/** Of n pictures those numbered ⌊i·n/32⌋ make the profile: spread over the list, chosen by nothing else. */
export function splitTarget(name: string, isSimulated: boolean, pictures: readonly SamplePicture[]): Target {
  const taken = new Set(
    Array.from({ length: profilePictures }, (_, i) => Math.floor((i * pictures.length) / profilePictures)),
  );
  return {
    name,
    isSimulated,
    profile: pictures.filter((_, index) => taken.has(index)),
    scored: pictures.filter((_, index) => !taken.has(index)),
  };
}

async function readStyle(style: string): Promise<SamplePicture[]> {
  const files = await listStyle(style);
  return Promise.all(
    files.map(async ({ class: of, file }) => toSample(of, new Uint8Array(await readFile(file)))),
  );
}

async function toSample(of: string, bytes: Uint8Array<ArrayBuffer>): Promise<SamplePicture> {
  return { class: of, bytes, sha256: await sha256Hex(bytes) };
}

async function listStyle(style: string): Promise<PictureFile[]> {
  const names = (await readdir(sampleFolder(style))).sort();
  return names.map((name) => {
    const concept = path.basename(name, '.png');
    const file = samplePicture(style, concept);
    return { environment: style, class: concept.replaceAll('_', ' '), filename: path.basename(file), file };
  });
}
