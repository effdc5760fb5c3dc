// What a fit keeps of the pictures it left out, so that a later version can be held against it picture by picture: of each
// its class, how often it was answered right, and two bytes to know it again by. No picture and no embedding.

import type { HeadName, ModeName } from '../answer/fitted-head.ts';

export type LeftOutHits = {
  readonly head: HeadName;
  readonly mode: ModeName;
  /** Of every picture the share of draws that answered it right, in sixtieths; `notScored` where none scored it [n]. */
  readonly shares: Uint8Array;
};

export type LeftOutRecord = {
  /** Each source left out, and how many of the pictures are its; in the order of the pictures. */
  readonly sources: readonly { readonly name: string; readonly pictures: number }[];
  /**
   * The last two bytes of each picture's content hash [n, 2]: enough to find a picture among those of its source and class, too
   * little to say of a picture that it was there. (The first bytes would not do: a sample is of the smallest hashes.)
   */
  readonly tags: Uint8Array;
  /** Index of the label [n]. */
  readonly classes: Int32Array;
  readonly hits: readonly LeftOutHits[];
};

/** Divisible by every number of draws up to six. */
export const shareUnit = 60;
export const notScored = 255;
export const tagBytes = 2;
/** Of all sources together; of each the same number at most. shared/contracts/limits.ts says it too. */
export const maxRecorded = 100_000;
