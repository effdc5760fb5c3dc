// What a JPEG says of itself before its first scan (ITU-T T.81, annex B), for those that are exactly as most are written. It answers only
// where nothing could be amiss so far; whatever is unusual, damaged, in four inks or of another depth is left to libvips to judge.

import type { Size } from '#shared/pixels/resample.ts';
import { isUpright } from './is-upright.ts';

const markers = {
  startOfImage: 0xffd8,
  baselineFrame: 0xffc0,
  progressiveFrame: 0xffc2,
  huffmanTables: 0xffc4,
  startOfScan: 0xffda,
  quantisationTables: 0xffdb,
  restartInterval: 0xffdd,
  exif: 0xffe1,
  jfif: 0xffe0,
  adobe: 0xffee,
  comment: 0xfffe,
} as const;

/** Application segments that change nothing about the size; others may hold a second picture (MPF, gain maps), and are left to libvips. */
const plainApplications: ReadonlyMap<number, string> = new Map([
  [markers.jfif, 'JFIF\0'],
  [markers.exif, 'Exif\0\0'],
  [0xffe2, 'ICC_PROFILE\0'],
  [0xffed, 'Photoshop 3.0\0'],
  [markers.adobe, 'Adobe'],
]);

/** libjpeg's own bound on a side. */
const maxSide = 65_500;
const maxSampling = 4;
const maxTables = 4;

export type JpegComponent = {
  readonly id: number;
  /** Samples across and down, of what the finest component has. */
  readonly across: number;
  readonly down: number;
  readonly quantisation: number;
};

export type Quantisers = { readonly bits: 8 | 16; readonly values: Uint8Array };

export type HuffmanTable = {
  /** Codes of each length, 1 to 16. */
  readonly counts: Uint8Array;
  readonly symbols: Uint8Array;
};

export type JpegHead = Size & {
  readonly isBaseline: boolean;
  readonly components: readonly JpegComponent[];
  /** By their numbers; Huffman tables from 16 on are those of AC coefficients. */
  readonly quantisers: ReadonlyMap<number, Quantisers>;
  readonly huffman: ReadonlyMap<number, HuffmanTable>;
  /** MCUs; 0: none. */
  readonly restartInterval: number;
  /** Markers of application segments and comments. */
  readonly extras: ReadonlySet<number>;
  /** The content of each Exif segment. */
  readonly exif: readonly Uint8Array[];
  /** The first scan's own head, and where its data begins. */
  readonly scan: Uint8Array;
  readonly dataAt: number;
};

type Reading = {
  frame: (Size & Pick<JpegHead, 'isBaseline' | 'components'>) | undefined;
  readonly quantisers: Map<number, Quantisers>;
  readonly huffman: Map<number, HuffmanTable>;
  restartInterval: number;
  readonly extras: Set<number>;
  readonly exif: Uint8Array[];
};

/** `undefined`: not certain. The size is that before its orientation is applied. */
export function readJpegHead(bytes: Uint8Array): JpegHead | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 4 || view.getUint16(0) !== markers.startOfImage) return undefined;
  const reading: Reading = {
    frame: undefined,
    quantisers: new Map(),
    huffman: new Map(),
    restartInterval: 0,
    extras: new Set(),
    exif: [],
  };
  for (let at = 2; at + 4 <= bytes.byteLength; ) {
    const marker = view.getUint16(at);
    const end = at + 2 + view.getUint16(at + 2);
    if (end < at + 4 || end > bytes.byteLength) return undefined;
    const segment = bytes.subarray(at + 4, end);
    if (marker === markers.startOfScan) {
      const { frame, ...rest } = reading;
      if (frame === undefined || !isScanOf(frame.components, segment)) return undefined;
      return { ...frame, ...rest, scan: segment, dataAt: end };
    }
    if (!take(reading, marker, segment)) return undefined;
    at = end;
  }
  return undefined;
}

function take(reading: Reading, marker: number, segment: Uint8Array): boolean {
  switch (marker) {
    case markers.baselineFrame:
    case markers.progressiveFrame: {
      if (reading.frame !== undefined) return false;
      const frame = readFrame(segment);
      reading.frame = frame && { ...frame, isBaseline: marker === markers.baselineFrame };
      return frame !== undefined;
    }
    case markers.quantisationTables:
      return takeQuantisers(reading.quantisers, segment);
    case markers.huffmanTables:
      return takeHuffmanTables(reading.huffman, segment);
    case markers.restartInterval:
      reading.restartInterval = uint16(segment, 0);
      return segment.length === 2;
    default: {
      // libjpeg believes a JFIF segment that is whole.
      if (marker === markers.jfif && segment.length < 14) return false;
      reading.extras.add(marker);
      if (marker === markers.exif) reading.exif.push(segment);
      const name = marker === markers.comment ? '' : plainApplications.get(marker);
      return name !== undefined && String.fromCharCode(...segment.subarray(0, name.length)) === name;
    }
  }
}

/** Eight bits; one component, or three; sampled as libjpeg takes it. */
function readFrame(segment: Uint8Array): (Size & Pick<JpegHead, 'components'>) | undefined {
  const [depth, count = 0] = [segment[0], segment[5]];
  const [height, width] = [uint16(segment, 1), uint16(segment, 3)];
  const isUsual = depth === 8 && (count === 1 || count === 3) && segment.length === 6 + 3 * count;
  if (!isUsual || Math.min(width, height) < 1 || Math.max(width, height) > maxSide) return undefined;
  const components: JpegComponent[] = [];
  for (let at = 6; at < segment.length; at += 3) {
    const [id = 0, sampling = 0, quantisation = 0] = segment.subarray(at, at + 3);
    const [across, down] = [sampling >> 4, sampling & 15];
    const isTaken = Math.min(across, down) >= 1 && Math.max(across, down) <= maxSampling;
    if (!isTaken || quantisation >= maxTables || components.some((other) => other.id === id))
      return undefined;
    components.push({ id, across, down, quantisation });
  }
  return { width, height, components };
}

/** Whether a first scan's head is whole and names the frame's components, each once, or some of them (a progressive picture's). */
function isScanOf(components: readonly JpegComponent[], segment: Uint8Array): boolean {
  const [count = 0] = segment;
  if (count < 1 || count > components.length || segment.length !== 4 + 2 * count) return false;
  const ids = Array.from({ length: count }, (_, index) => segment[1 + 2 * index] as number);
  return (
    new Set(ids).size === count && ids.every((id) => components.some((component) => component.id === id))
  );
}

function takeQuantisers(tables: Map<number, Quantisers>, segment: Uint8Array): boolean {
  let at = 0;
  while (at < segment.length) {
    const head = segment[at] as number;
    if (head >> 4 > 1 || (head & 15) >= maxTables) return false;
    const end = at + 1 + 64 * (1 + (head >> 4));
    tables.set(head & 15, { bits: head >> 4 === 0 ? 8 : 16, values: segment.subarray(at + 1, end) });
    at = end;
  }
  return at === segment.length;
}

function takeHuffmanTables(tables: Map<number, HuffmanTable>, segment: Uint8Array): boolean {
  let at = 0;
  while (at + 17 <= segment.length) {
    const head = segment[at] as number;
    if (head >> 4 > 1 || (head & 15) >= maxTables) return false;
    const counts = segment.subarray(at + 1, at + 17);
    const symbolCount = counts.reduce((sum, count) => sum + count, 0);
    if (symbolCount > 256) return false;
    tables.set(head, { counts, symbols: segment.subarray(at + 17, at + 17 + symbolCount) });
    at += 17 + symbolCount;
  }
  return at === segment.length;
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/**
 * Whether libjpeg takes the components for luma and chroma, whoever wrote them, and no orientation is to be applied. JFIF is believed before
 * Adobe's own segment.
 */
export function isPlainYcc({ extras, exif, components }: JpegHead): boolean {
  if (exif.length > 1 || !exif.every(isUpright)) return false;
  if (components.length === 1 || extras.has(markers.jfif)) return true;
  return !extras.has(markers.adobe) && components.every(({ id }, index) => id === index + 1);
}
