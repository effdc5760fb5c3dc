// Pictures in the browser: their pixels, their hash, and what they look like after an intervention. The operations are
// those of shared/pixels, which a fit applies in the worker; seed 0, as a fit has by default.

import type { PictureInterventionName } from '#shared/contracts/intervention.ts';
import { defaultIntervention } from '#shared/contracts/intervention-defaults.ts';
import { sha256Hex } from '#shared/digest.ts';
import { applyIntervention } from '#shared/pixels/apply-intervention.ts';
import type { Pixels } from '#shared/pixels/pixels.ts';
import { type Random, randomFromDigest, streamName } from '#shared/pixels/random.ts';

export type Variant = 'original' | PictureInterventionName;

export type LoadedPicture = {
  readonly id: string;
  readonly name: string;
  readonly file: Blob;
  /** An object URL of the file, for showing it. */
  readonly url: string;
  readonly sha256: string;
  /** What it shows, where that is known: of a sample, by its folder, or because someone has said so. */
  readonly trueLabel: string | undefined;
};

/** No larger than this before an intervention in the browser; the shorter side, in pixels. CLIP sees fewer. */
const workingSide = 448;
const seed = 0;

export async function loadPicture(file: Blob, name: string, trueLabel?: string): Promise<LoadedPicture> {
  const sha256 = await sha256Hex(new Uint8Array(await file.arrayBuffer()));
  return { id: crypto.randomUUID(), name, file, url: URL.createObjectURL(file), sha256, trueLabel };
}

/** RGB pixels with the shorter side at most `maxSide`. Rejects where the browser cannot read the picture. */
export async function readPixels(file: Blob, maxSide = workingSide): Promise<Pixels> {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, maxSide / Math.min(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const context = openCanvas(width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const { data: rgba } = context.getImageData(0, 0, width, height);
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    data[to++] = rgba[from] ?? 0;
    data[to++] = rgba[from + 1] ?? 0;
    data[to++] = rgba[from + 2] ?? 0;
  }
  return { width, height, data };
}

/** The picture after the intervention, with the parameters a fit would draw for a file of this hash. */
export async function intervene(
  picture: Pixels,
  name: PictureInterventionName,
  sha256: string,
): Promise<Pixels> {
  const random = await openRandom(sha256, name);
  const data = new Uint8Array(picture.data.length);
  applyIntervention(picture, data, defaultIntervention[name], () => random);
  return { ...picture, data };
}

export async function encodePng(picture: Pixels): Promise<Blob> {
  const { width, height, data } = picture;
  const context = openCanvas(width, height);
  const image = context.createImageData(width, height);
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    image.data[to] = data[from] ?? 0;
    image.data[to + 1] = data[from + 1] ?? 0;
    image.data[to + 2] = data[from + 2] ?? 0;
    image.data[to + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return context.canvas.convertToBlob({ type: 'image/png' });
}

async function openRandom(sha256: string, purpose: string): Promise<Random> {
  const name = new TextEncoder().encode(streamName(seed, sha256, purpose));
  return randomFromDigest(new Uint8Array(await crypto.subtle.digest('SHA-256', name)));
}

function openCanvas(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this browser has no canvas');
  return context;
}
