// What every step between decoding and the model works on.

/** 8-bit RGB, interleaved, rows from the top: `data` has width * height * 3 values. */
export type RgbPicture = {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
};

/** `alpha` (width * height values) only where something is not opaque. */
export type DecodedPicture = RgbPicture & { readonly alpha?: Uint8Array };
