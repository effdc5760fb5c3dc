// TIFFs whose three channels are CIE L*a*b*. libvips 8.18 opens none of 8 bits (not those it writes itself: "bad labq format")
// and has its own colours for those of 16, so that they are opened as if they said RGB, and their levels turned into colours
// afterwards (lab-to-rgb.ts): of 16 bits the upper 8, which mean the same in both (TIFF 6.0, section 23).

/** Tags of the TIFF 6.0 specification. */
const tags = { bitsPerSample: 258, photometric: 262, samplesPerPixel: 277 } as const;
const photometric = { rgb: 2, cielab: 8 } as const;
const entryBytes = 12;

/** A copy that says RGB, or `undefined` for any other file. Pillow opens those of 8 bits only; those of 16 get the same colours. */
export function labTiffAsRgb(bytes: Uint8Array): Uint8Array | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, 4));
  if (head !== 'II*\0' && head !== 'MM\0*') return undefined;
  const tiff = new TiffDirectory(bytes, head === 'II*\0');
  const place = tiff.placeOf(tags.photometric);
  if (place === undefined || tiff.shortAt(place) !== photometric.cielab) return undefined;
  const isKnownDepth = /^(8,8,8|16,16,16)$/.test(tiff.numbersOf(tags.bitsPerSample).join());
  if (!isKnownDepth || tiff.numbersOf(tags.samplesPerPixel).join() !== '3') return undefined;
  const copy = new Uint8Array(bytes);
  new DataView(copy.buffer).setUint16(place, photometric.rgb, tiff.isLittleEndian);
  return copy;
}

/** The first directory of a file, which is the first picture. Whatever lies outside the file reads as absent. */
class TiffDirectory {
  readonly isLittleEndian: boolean;
  readonly #view: DataView;
  readonly #start: number;

  constructor(bytes: Uint8Array, isLittleEndian: boolean) {
    this.isLittleEndian = isLittleEndian;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#start = this.#longAt(4) ?? 0;
  }

  /** Where the value of a tag stands: in its entry, or where the entry points. */
  placeOf(tag: number): number | undefined {
    return this.#entryOf(tag)?.place;
  }

  /** Of a tag with at most four short numbers. */
  numbersOf(tag: number): (number | undefined)[] {
    const entry = this.#entryOf(tag);
    if (entry === undefined || entry.count > 4) return [];
    return Array.from({ length: entry.count }, (_, i) => this.shortAt(entry.place + 2 * i));
  }

  shortAt(place: number): number | undefined {
    return place + 2 > this.#view.byteLength ? undefined : this.#view.getUint16(place, this.isLittleEndian);
  }

  #longAt(place: number): number | undefined {
    return place + 4 > this.#view.byteLength ? undefined : this.#view.getUint32(place, this.isLittleEndian);
  }

  #entryOf(tag: number): { readonly count: number; readonly place: number } | undefined {
    const entries = this.shortAt(this.#start) ?? 0;
    for (let index = 0, at = this.#start + 2; index < entries; index++, at += entryBytes) {
      if (this.shortAt(at) !== tag) continue;
      const count = this.#longAt(at + 4) ?? 0;
      const place = 2 * count <= 4 ? at + 8 : this.#longAt(at + 8);
      return place === undefined ? undefined : { count, place };
    }
    return undefined;
  }
}
