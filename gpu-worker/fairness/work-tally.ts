// What one request has come to so far: decoded pixels, encoded texts, pictures done. Pixels are counted in memory that picture threads share, so
// that the count is right whoever leaves when, and no thread begins a picture beyond what its request may have.

export type WorkTally = {
  /** Two cells: what has been decoded, and how much may be. */
  readonly pixels: BigInt64Array<SharedArrayBuffer>;
  texts: number;
  /** Done, be it that they could not be encoded. */
  pictures: number;
  /** Of the first two pictures: who asks wants to know of the only one. */
  readonly waits: PictureWaits[];
};

/** How long a picture waited for its decoding, and for the model, with what either took. */
export type PictureWaits = { readonly decodeMs: number; readonly modelMs: number };

export function createWorkTally(maxPixels: number = Number.MAX_SAFE_INTEGER): WorkTally {
  const pixels = new BigInt64Array(new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT));
  pixels[1] = BigInt(maxPixels);
  return { pixels, texts: 0, pictures: 0, waits: [] };
}

/** Takes pixels that are about to be decoded, or says that the request has none left for them. */
export function takePixels(cells: BigInt64Array<SharedArrayBuffer>, pixels: number): boolean {
  const amount = BigInt(pixels);
  if (Atomics.add(cells, 0, amount) + amount <= (cells[1] as bigint)) return true;
  Atomics.sub(cells, 0, amount);
  return false;
}

export function pixelsOf({ pixels }: WorkTally): number {
  return Number(Atomics.load(pixels, 0));
}

export function noteWaits(work: WorkTally | undefined, waits: PictureWaits): void {
  if (work !== undefined && work.waits.length < 2) work.waits.push(waits);
}

export function countPicture(work: WorkTally | undefined): void {
  if (work !== undefined) work.pictures += 1;
}
