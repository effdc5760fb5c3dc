// A JPEG's size from its first bytes, for those that are exactly as most are written: libvips opens a file anew for each question asked of
// it, and a tenth of preparing a small picture was asking for its size. It answers only where nothing could be amiss up to the first scan;
// whatever is unusual, damaged, in four inks or of another depth is left to libvips to judge (ITU-T T.81, annex B).

import type { Size } from '#shared/pixels/resample.ts';

const markers = {
  startOfImage: 0xffd8,
  baselineFrame: 0xffc0,
  progressiveFrame: 0xffc2,
  huffmanTables: 0xffc4,
  startOfScan: 0xffda,
  quantisationTables: 0xffdb,
  restartInterval: 0xffdd,
  comment: 0xfffe,
} as const;

/** Application segments that change nothing about the size; others may hold a second picture (MPF, gain maps), and are left to libvips. */
const plainApplications: ReadonlyMap<number, string> = new Map([
  [0xffe0, 'JFIF\0'],
  [0xffe1, 'Exif\0\0'],
  [0xffe2, 'ICC_PROFILE\0'],
  [0xffed, 'Photoshop 3.0\0'],
  [0xffee, 'Adobe'],
]);

/** libjpeg's own bound on a side. */
const maxSide = 65_500;
const maxSampling = 4;
const maxTables = 4;

type Frame = Size & { readonly components: readonly number[] };

/** `undefined`: not certain. Before its orientation is applied. */
export function jpegSize(bytes: Uint8Array): Size | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 4 || view.getUint16(0) !== markers.startOfImage) return undefined;
  let frame: Frame | undefined;
  for (let at = 2; at + 4 <= bytes.byteLength; ) {
    const marker = view.getUint16(at);
    const end = at + 2 + view.getUint16(at + 2);
    if (end < at + 4 || end > bytes.byteLength) return undefined;
    const segment = bytes.subarray(at + 4, end);
    if (marker === markers.startOfScan)
      return frame && scansAllOf(frame, segment) ? sizeOf(frame) : undefined;
    if (marker === markers.baselineFrame || marker === markers.progressiveFrame) {
      if (frame !== undefined) return undefined;
      frame = readFrame(segment);
      if (frame === undefined) return undefined;
    } else if (!isSound(marker, segment)) return undefined;
    at = end;
  }
  return undefined;
}

function sizeOf({ width, height }: Frame): Size {
  return { width, height };
}

/** Eight bits; one component, or three; sampled as libjpeg takes it. */
function readFrame(segment: Uint8Array): Frame | undefined {
  const [depth, high = 0, low = 0, wide = 0, narrow = 0, count = 0] = segment;
  const [height, width] = [high * 256 + low, wide * 256 + narrow];
  const isUsual = depth === 8 && (count === 1 || count === 3) && segment.length === 6 + 3 * count;
  if (!isUsual || Math.min(width, height) < 1 || Math.max(width, height) > maxSide) return undefined;
  const components: number[] = [];
  for (let at = 6; at < segment.length; at += 3) {
    const [id = 0, sampling = 0, table = 0] = segment.subarray(at, at + 3);
    const [across, down] = [sampling >> 4, sampling & 15];
    const isTaken = Math.min(across, down) >= 1 && Math.max(across, down) <= maxSampling;
    if (!isTaken || table >= maxTables || components.includes(id)) return undefined;
    components.push(id);
  }
  return { width, height, components };
}

/** Whether a first scan's head is whole and names the frame's components, each once, or one of them (a progressive picture's). */
function scansAllOf({ components }: Frame, segment: Uint8Array): boolean {
  const [count = 0] = segment;
  if (count < 1 || count > components.length || segment.length !== 4 + 2 * count) return false;
  const ids = Array.from({ length: count }, (_, index) => segment[1 + 2 * index] as number);
  return new Set(ids).size === count && ids.every((id) => components.includes(id));
}

function isSound(marker: number, segment: Uint8Array): boolean {
  switch (marker) {
    case markers.quantisationTables:
      return areQuantisationTables(segment);
    case markers.huffmanTables:
      return areHuffmanTables(segment);
    case markers.restartInterval:
      return segment.length === 2;
    case markers.comment:
      return true;
    default: {
      const name = plainApplications.get(marker);
      return name !== undefined && String.fromCharCode(...segment.subarray(0, name.length)) === name;
    }
  }
}

function areQuantisationTables(segment: Uint8Array): boolean {
  let at = 0;
  while (at < segment.length) {
    const head = segment[at] as number;
    if (head >> 4 > 1 || (head & 15) >= maxTables) return false;
    at += 1 + 64 * (1 + (head >> 4));
  }
  return at === segment.length;
}

function areHuffmanTables(segment: Uint8Array): boolean {
  let at = 0;
  while (at + 17 <= segment.length) {
    const head = segment[at] as number;
    if (head >> 4 > 1 || (head & 15) >= maxTables) return false;
    const symbols = segment.subarray(at + 1, at + 17).reduce((sum, count) => sum + count, 0);
    if (symbols > 256) return false;
    at += 17 + symbols;
  }
  return at === segment.length;
}
