// What every step between decoding and the model works on: interleaved 8-bit levels, rows from the top.

import type { Pixels } from './pixels.ts';

/** `data` has width * height * 3 values. */
export type RgbPicture = Pixels;

/** Something of it is not opaque: `data` has width * height * 4 values, the last of each four its opacity. */
export type RgbaPicture = RgbPicture & { readonly transparent: true };

export type DecodedPicture = (RgbPicture & { readonly transparent: false }) | RgbaPicture;
